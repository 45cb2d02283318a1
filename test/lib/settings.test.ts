import { describe, expect, test } from 'vitest';
import { completeSettings, settingsFromContext } from '../../lib/settings.ts';

const models = { starter: { sha256: 'a'.repeat(64), weights: 'official' } };

test('what is not given has a default', async () => {
  expect(await completeSettings({ models })).toEqual({
    models,
    images: {},
    network: 'hoodi',
    scheduleMinutes: 10,
    runSeconds: 360,
    providersPerFamily: 4,
    spending: { runBudget: 1, maxStart: 0.01, maxCpuHour: 0.1, maxEnvHour: 0.1 },
    throttling: { rate: 50, burst: 100 },
    corsOrigins: ['*'],
    apiKeys: false,
    walletLowGlm: 2,
    resultDays: 30,
    runRecordDays: 90,
    logDays: 30,
    keepData: true,
  });
});

test('without models, they are those that the provider program has', async () => {
  const { models } = await completeSettings({});
  for (const model of Object.values(models)) expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
});

describe('refused, by name:', () => {
  test.each([
    [{ netwrok: 'polygon' }, "There is no setting 'netwrok'."],
    [{ throttling: { rate: 1, burst: 1, brust: 1 } }, "There is no setting 'throttling.brust'."],
    [{ network: 'bitcoin' }, "The setting 'network' is wrong"],
    [{ scheduleMinutes: 0 }, "The setting 'scheduleMinutes' is wrong: must be 1 to 1440."],
    [{ scheduleMinutes: 1.5 }, "The setting 'scheduleMinutes' is wrong: must be a whole number."],
    [{ runSeconds: 900 }, "The setting 'runSeconds' is wrong: must be 30 to 600."],
    [{ spending: { runBudget: -1 } }, "The setting 'spending.runBudget' is wrong: must not be less than 0."],
    [{ spending: { budget: 1 } }, "There is no setting 'spending.budget'."],
    [{ corsOrigins: ['example.org'] }, "The setting 'corsOrigins.0' is wrong: must be '*' or an origin"],
    [{ alarmEmail: 'nobody' }, "The setting 'alarmEmail' is wrong: must be an e-mail address."],
    [{ domain: { name: 'https://x', certificateArn: 'arn:x' } }, "The setting 'domain.name' is wrong"],
    [{ resultDays: 0 }, "The setting 'resultDays' is wrong: must be 1 to 365."],
    [{ resultDays: 366 }, "The setting 'resultDays' is wrong: must be 1 to 365."],
    [{ resultDays: 1.5 }, "The setting 'resultDays' is wrong: must be a whole number."],
    [{ resultDays: '30' }, "The setting 'resultDays' is wrong"],
    [{ runRecordDays: 0 }, "The setting 'runRecordDays' is wrong: must be 1 to 365."],
    [{ logDays: 2 }, "The setting 'logDays' is wrong"],
    [
      { models: { alexnet: models.starter } },
      "The setting 'models.alexnet' is wrong: must be a model of the catalogue.",
    ],
    [{ models: { starter: { sha256: 'abc', weights: 'official' } } }, 'must be 64 hex digits'],
    [{ images: { starter: { url: 'http://x' } } }, "The setting 'images.starter"],
    [{ images: { alexnet: { tag: 'x' } } }, "The setting 'images.alexnet' is wrong"],
    [{ yagnaImage: '' }, "The setting 'yagnaImage' is wrong: must not be empty."],
    ['polygon', "The setting 'mlg' is wrong"],
  ])('%j', async (given, message) => {
    await expect(completeSettings(given)).rejects.toThrow(message);
  });
});

describe('context', () => {
  test('may be an object, its JSON, or nothing', async () => {
    expect((await settingsFromContext({ models, network: 'polygon' })).network).toBe('polygon');
    expect((await settingsFromContext(JSON.stringify({ models, network: 'amoy' }))).network).toBe('amoy');
    expect((await settingsFromContext(undefined)).network).toBe('hoodi');
  });

  test('that is neither is refused', async () => {
    await expect(settingsFromContext('network=polygon')).rejects.toThrow('The setting mlg is not JSON.');
  });
});
