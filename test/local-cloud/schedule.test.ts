import { realpath } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { isAlive } from '../support/is-alive.ts';
import { fixtureRoot } from './fixtures/template.ts';
import { runFixture } from './running-cloud.ts';

test("a run is the container's command, with the container's environment", async () => {
  process.env.MLG_TEST_OF_THIS_PROCESS = 'x';
  const environment = { DAEMON_URL: 'http://127.0.0.1:1', DAEMON_KEY: 'of the stand-in' };
  const { tick, lines, endpoints, runs } = await runFixture({ environment });
  const end = await tick();

  expect(end).toEqual({ exitCode: 7, signal: null, seconds: expect.any(Number) });
  expect(runs.map(({ type }) => type)).toEqual(['started', 'ended']);
  expect(lines).toContain(`worker: in ${(await realpath(fixtureRoot)).replace(/\/$/, '')}`);
  const printed = JSON.parse(lines.find((line) => line.startsWith('worker: {'))?.slice('worker: '.length) ?? '');
  expect(printed).toMatchObject({
    TABLE_NAME: 'Rows',
    DAEMON_URL: 'http://127.0.0.1:1',
    DAEMON_KEY: 'of the stand-in',
    OTHER_KEY: expect.stringMatching(/^[0-9a-f]{32}$/),
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
  });
  expect(printed).not.toHaveProperty('MLG_TEST_OF_THIS_PROCESS');
});

test('the timer starts runs, one after the other', async () => {
  const { runs } = await runFixture({ every: 5 });
  await vi.waitUntil(() => runs.length >= 6, { timeout: 20_000, interval: 20 });
  expect(runs.slice(0, 6).map(({ type }) => type)).toEqual([
    'started',
    'ended',
    'started',
    'ended',
    'started',
    'ended',
  ]);
});

test('a tick waits for the run that is under way', async () => {
  const { tick, runs } = await runFixture();
  await Promise.all([tick(), tick(), tick()]);
  expect(runs.map(({ type }) => type)).toEqual(['started', 'ended', 'started', 'ended', 'started', 'ended']);
});

describe('closing', () => {
  test('tells a run to end, and ends what it has started', async () => {
    const { tick, line, lines, close, runs } = await runFixture({ command: ['node', 'wait-for-the-end.ts'] });
    void tick();
    const [, child = ''] = /running \d+ (\d+)/.exec(await line(/running/)) ?? [];
    await close();
    expect(lines).toContain('worker: told to end');
    expect(runs.at(-1)).toMatchObject({ type: 'ended', end: { exitCode: 0 } });
    await vi.waitUntil(() => !isAlive(Number(child)));
  });

  test('starts no more runs', async () => {
    const { tick, close } = await runFixture();
    await close();
    await expect(tick()).rejects.toThrow('The local cloud is closed.');
  });
});

test('a program that cannot be found ends its run', async () => {
  const { tick, line } = await runFixture({ command: ['node', 'no-such-file.ts'] });
  expect(await tick()).toMatchObject({ exitCode: 1 });
  expect(await line(/Cannot find module/)).toMatch(/^worker: /);
});
