import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const root = path.join(import.meta.dirname, '..', '..');
const fixture = path.join(import.meta.dirname, 'fixtures', 'yagna.ts');

// They wait for processes more than they compute.
describe.concurrent('the program of the daemon’s container', () => {
  test('pays what is owed on SIGTERM, waits for the confirmation, and then stops the daemon', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'slow chain' });
    await container.says('the daemon is ready');
    container.stop();
    context.expect(await container.ended).toBe(0);
    context
      .expect(await container.calls())
      .toEqual([
        'service run',
        'payment fund --network hoodi',
        'payment process now --network hoodi',
        'payment status --network hoodi --json',
        'payment status --network hoodi --json',
        'SIGTERM',
      ]);
    context.expect(container.lines.map(({ message }) => message)).toContain('all is paid');
  });

  test('tells what is in the wallet, as metrics', async (context) => {
    const container = await start(context);
    await container.says('the daemon is ready');
    container.stop();
    await container.ended;
    const metrics = container.lines.find((line) => '_aws' in line);
    context.expect(metrics).toMatchObject({ WalletGlm: 12.5, WalletGas: 0.01, UnconfirmedGlm: 0 });
  });

  test('the health check passes once the daemon answers to its key', async (context) => {
    const container = await start(context);
    await container.says('the daemon is ready');
    context.expect(await container.run('requestor/yagna/healthy.ts')).toBe(0);
    context.expect(await container.run('requestor/yagna/healthy.ts', { YAGNA_AUTOCONF_APPKEY: 'another' })).toBe(1);
    container.stop();
    await container.ended;
    context.expect(await container.run('requestor/yagna/healthy.ts')).toBe(1);
  });

  test('a daemon that never becomes healthy is stopped, and the task with it', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'never healthy', YAGNA_START_MS: '4000' });
    context.expect(await container.ended).toBe(1);
    context.expect(await container.calls()).toEqual(['service run', 'SIGTERM']);
    context.expect(container.lines.at(-1)).toMatchObject({ level: 'ERROR', message: 'the daemon is not healthy' });
  });

  test('a daemon that ends by itself ends the task', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'dies' });
    context.expect(await container.ended).toBe(1);
    context.expect(container.lines.at(-1)).toMatchObject({ message: 'the daemon ended' });
  });

  test('stopped before the daemon is ready, it stops the daemon at once: nothing can be owed', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'never healthy' });
    await context.expect.poll(() => container.calls()).toEqual(['service run']);
    // Its handler of SIGTERM is there as soon as it listens.
    await context.expect.poll(() => container.run('requestor/yagna/healthy.ts')).toBe(1);
    container.stop();
    context.expect(await container.ended).toBe(0);
    context.expect(await container.calls()).not.toContain('payment process now --network hoodi');
  });

  test('when the chain does not answer, it gives up in time and leaves the rest to the next run', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'no chain', YAGNA_SETTLE_MS: '700' });
    await container.says('the daemon is ready');
    container.stop();
    context.expect(await container.ended).toBe(0);
    context.expect(container.lines.at(-1)?.message).toBe('the chain did not answer; payments go on with the next run');
    context.expect((await container.calls()).at(-1)).toBe('SIGTERM');
  });

  test('a daemon that ignores SIGTERM is killed', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'stubborn', YAGNA_STOP_MS: '300' });
    await container.says('the daemon is ready');
    container.stop();
    context.expect(await container.ended).toBe(0);
  });

  test('the faucet fills a wallet once', async (context) => {
    const datadir = await tempDir(context);
    for (const _ of [1, 2]) {
      const container = await start(context, { YAGNA_DATADIR: datadir });
      await container.says('the daemon is ready');
      container.stop();
      await container.ended;
      context.expect(existsSync(path.join(datadir, 'funded-on-hoodi'))).toBe(true);
      const calls = await container.calls();
      context.expect(calls.filter((call) => call.startsWith('payment fund'))).toHaveLength(_ === 1 ? 1 : 0);
    }
  });

  test('a faucet that does not answer is asked again next time; money on other networks is real', async (context) => {
    const container = await start(context, { FAKE_YAGNA: 'no faucet' });
    await container.says('the wallet could not be funded');
    container.stop();
    context.expect(await container.ended).toBe(0);

    const polygon = await start(context, { PAYMENT_NETWORK: 'polygon' });
    await polygon.says('the daemon is ready');
    polygon.stop();
    await polygon.ended;
    context.expect((await polygon.calls()).join()).not.toContain('fund');
  });

  test('without its settings it says which', async (context) => {
    const container = await start(context, { PAYMENT_NETWORK: '' });
    context.expect(await container.ended).toBe(1);
    context.expect(container.lines[0]).toMatchObject({ error: 'The environment variable PAYMENT_NETWORK is not set.' });
  });
});

type Line = Readonly<Record<string, unknown>>;

/** The container's program as a plain process, with the recorded command in the daemon's place. */
async function start(context: TestContext, changes: Readonly<Record<string, string>> = {}) {
  const dir = await tempDir(context);
  const record = path.join(dir, 'record');
  const command = path.join(dir, 'yagna');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${fixture}' "$@"\n`, { mode: 0o755 });
  await writeFile(record, '');
  const env = {
    PATH: `${dir}:${process.env.PATH}`,
    RECORD: record,
    PAYMENT_NETWORK: 'hoodi',
    YAGNA_API_URL: `http://127.0.0.1:${await freePort()}`,
    YAGNA_AUTOCONF_APPKEY: 'the key',
    YAGNA_DATADIR: dir,
    ...changes,
  };
  const run = (program: string, more = {}) =>
    spawn(process.execPath, [program], { cwd: root, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'inherit'] });
  const container: ChildProcess = run('requestor/yagna/main.ts');
  context.onTestFinished(() => void container.kill('SIGKILL'));
  const lines: Line[] = [];
  const waiting: (() => void)[] = [];
  if (!container.stdout) throw new Error('no output');
  createInterface({ input: container.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const closed = once(container, 'close');
  return {
    lines,
    ended: closed.then(([code]) => code as number | null),
    calls: async () => (await readFile(record, 'utf8')).trim().split('\n').filter(Boolean),
    says: (message: string) =>
      new Promise<void>((resolve) => {
        const look = () => lines.some((line) => line.message === message) && resolve();
        waiting.push(look);
        look();
      }),
    stop: () => container.kill('SIGTERM'),
    run: async (program: string, more = {}) => (await once(run(program, more), 'exit'))[0] as number,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
