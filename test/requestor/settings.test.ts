import { describe, expect, it } from 'vitest';
import { requestorSettings } from '../../requestor/settings.ts';

/** What the stack sets. */
const environment = {
  TABLE_NAME: 'requests',
  OPERATIONS_TABLE: 'o',
  BUCKET_NAME: 'images',
  RESULT_DAYS: '30',
  MODELS: JSON.stringify({ starter: { sha256: 'a'.repeat(64), weights: 'official' } }),
  IMAGES: JSON.stringify({ starter: { tag: 'mlg/starter:1' }, vgg: { url: 'http://images/vgg', hash: 'abc' } }),
  YAGNA_API_URL: 'http://127.0.0.1:7465',
  PAYMENT_NETWORK: 'hoodi',
  SCHEDULE_SECONDS: '600',
  RUN_SECONDS: '360',
  PROVIDERS_PER_FAMILY: '4',
  RUN_BUDGET_GLM: '1',
  MAX_START_GLM: '0.01',
  MAX_CPU_HOUR_GLM: '0.1',
  MAX_ENV_HOUR_GLM: '0',
  DAY_BUDGET_GLM: '10',
  AGREEMENT_CAP_GLM: '1',
  MAX_THREADS: '32',
};

describe('requestorSettings', () => {
  it('reads the environment, with defaults for what the stack does not set', () => {
    expect(requestorSettings(environment)).toMatchObject({
      table: 'requests',
      bucket: 'images',
      resultDays: 30,
      golem: {
        network: 'hoodi',
        providersPerFamily: 4,
        engageSeconds: 180,
        chunkSeconds: 120,
        budget: 1,
        dayBudget: 10,
        agreementCap: 1,
        maxThreads: 32,
        limits: { start: 0.01, cpuHour: 0.1, envHour: 0 },
      },
      runSeconds: 360,
      leaseSeconds: 900,
      scheduleSeconds: 600,
    });
  });

  it.each(Object.keys(environment))('says that %s is missing', (name) => {
    expect(() => requestorSettings({ ...environment, [name]: undefined })).toThrow(name);
    expect(() => requestorSettings({ ...environment, [name]: '' })).toThrow(name);
  });

  it.each([
    ['MODELS', '{"starter":{"sha256":"xyz","weights":"official"}}', 'starter.sha256'],
    ['RESULT_DAYS', '0', 'a positive whole number'],
    ['RESULT_DAYS', '1.5', 'a positive whole number'],
    ['MODELS', '{"alexnet":{}}', 'alexnet'],
    ['MODELS', '{"constructor":{}}', 'a model of the catalogue'],
    ['IMAGES', '{"__proto__":{"tag":"x"}}', 'a family of networks'],
    ['PAYMENT_NETWORK', 'bitcoin', 'one of hoodi'],
    ['RUN_SECONDS', 'soon', 'positive whole number'],
    ['IMAGES', '{"vgg":{"url":"http://x"}}', 'vgg'],
    ['IMAGES', 'none', 'must be an object'],
    ['PROVIDERS_PER_FAMILY', '0', 'positive whole number'],
    ['SCHEDULE_SECONDS', '0', 'positive whole number'],
    ['RUN_SECONDS', '1.5', 'positive whole number'],
    ['LEASE_SECONDS', '360', 'more than RUN_SECONDS, which is 360'],
    ['RUN_BUDGET_GLM', '-1', 'amount of GLM'],
    ['MAX_CPU_HOUR_GLM', 'much', 'amount of GLM'],
  ])('refuses %s=%s and says why', (name, value, words) => {
    expect(() => requestorSettings({ ...environment, [name]: value })).toThrow(name);
    expect(() => requestorSettings({ ...environment, [name]: value })).toThrow(words);
  });
});
