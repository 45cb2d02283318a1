import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { MlgSettings } from '../../lib/settings.ts';
import { synthesize } from '../../local/cloud/synthesize.ts';
import { recordedEvents } from './recorded-events.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'mlg-synth-test-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

const settings: Partial<MlgSettings> = {
  models: { starter: { sha256: 'a'.repeat(64), weights: 'official' } },
  images: { starter: { tag: 'mlg/starter:1' } },
  apiKeys: true,
};
const out = join(scratch, 'cdk.out');
const before = childSeconds();
const { stderr } = await cdkSynth();
const seconds = childSeconds() - before;
const template = JSON.parse(await readFile(join(out, 'mlg.template.json'), 'utf8'));

test('cdk synth needs neither network nor Docker nor an account, and less than 30 s of a processor', () => {
  expect(seconds).toBeGreaterThan(1);
  expect(seconds).toBeLessThan(30);
  expect(stderr).not.toMatch(/warning|error/i);
});

test('what runs at home is what would be deployed', async () => {
  const atHome = resourcesWithoutAssets(await synthesize(settings));
  const deployed = resourcesWithoutAssets(template);
  expect(Object.keys(atHome).length).toBeGreaterThan(40);
  expect(atHome).toEqual(deployed);
});

/** What stands beside a bundle. */
const beside: Record<string, readonly string[]> = {
  'functions/request-prediction.ts': ['node_modules'],
  'functions/accept-upload.ts': ['node_modules'],
  'functions/read-contract.ts': ['openapi.yaml'],
  'functions/read-page.ts': ['page.json'],
};

describe('each bundle, alone in an empty directory', () => {
  const functions = Object.values<LambdaResource>(template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );

  test.each(functions.map(({ Metadata }) => [Metadata['mlg:source'], Metadata['aws:asset:path']] as const))(
    '%s',
    async (source, asset) => {
      const alone = join(scratch, source.replaceAll('/', '-'));
      await cp(join(out, asset), alone, { recursive: true });
      const { event, answer } = recordedEvents[source] ?? { event: {}, answer: { there: 'is no event for it' } };
      const program = `import('./index.mjs').then(async ({ handler }) => {
        const answer = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 10_000 });
        require('node:fs').writeFileSync(${JSON.stringify(`${alone}.json`)}, JSON.stringify(answer));
      })`;
      const environment = {
        TABLE_NAME: 't',
        OPERATIONS_TABLE: 'o',
        BUCKET_NAME: 'b',
        RESULT_DAYS: '30',
        MAX_BACKLOG: '5000',
        DAILY_REQUESTS: '10000',
        MODELS: JSON.stringify(settings.models),
        AWS_REGION: 'us-east-1',
      };
      await run(process.execPath, ['-e', program], { cwd: alone, env: environment });
      expect(JSON.parse(await readFile(`${alone}.json`, 'utf8'))).toMatchObject(answer);
      const files = await readdir(alone);
      expect(files.sort()).toEqual(['index.mjs', ...(beside[source] ?? [])]);
    },
  );
});

/** Processor time that ended child processes have taken: unlike a clock, it does not count what else the machine does. */
function childSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const ticksPerSecond = 100;
  // cutime and cstime, fields 16 and 17 of proc(5).
  return ((fields[13] ?? 0) + (fields[14] ?? 0)) / ticksPerSecond;
}

interface LambdaResource {
  readonly Type: string;
  readonly Metadata: Record<'mlg:source' | 'aws:asset:path', string>;
}

/** As a user does, but with a proxy that is not there, and none of this machine's settings for AWS or Docker. */
function cdkSynth() {
  const args = ['synth', '--quiet', '--output', out, '--context', `mlg=${JSON.stringify(settings)}`];
  const env = {
    PATH: process.env.PATH,
    HOME: scratch,
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    CDK_DOCKER: 'no-such-docker',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  return run(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd: root,
    env,
    timeout: 120_000,
  });
}

/** Bundles and images are named by a hash of their content, which local/cloud does not make. */
function resourcesWithoutAssets(template: unknown): Record<string, unknown> {
  const { CDKMetadata: _, ...resources } = (template as { Resources: Record<string, unknown> }).Resources;
  const asset = /^(Code|Image|Metadata)$/;
  return JSON.parse(JSON.stringify(resources, (key, value) => (asset.test(key) ? undefined : value)));
}
