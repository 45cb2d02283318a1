import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../local/golem/command-line.ts';
import { HandRequestor, sh } from './hand-requestor.ts';
import { runs, until } from './processes.ts';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function golem(...args: string[]): ChildProcess {
  return golemWith({}, ...args);
}

function golemWith(variables: Record<string, string>, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['local/golem/main.ts', ...args], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  started.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<{ url: string; appKey: string }> {
  const [message] = (await once(child, 'message')) as [{ ready: boolean; url: string; appKey: string }];
  expect(message.ready).toBe(true);
  return message;
}

/** A provider at work: a command that would run for long, and something that an earlier one left in the background. */
async function atWork(found: { url: string; appKey: string }): Promise<{ pids: number[]; directory: string }> {
  const requestor = new HandRequestor(found);
  const { activity } = await requestor.ready();
  const [left] = await requestor.shell(activity, 'sleep 1000 >/dev/null 2>&1 & echo $! $PWD');
  const [background = '', directory = ''] = (left?.stdout ?? '').trim().split(' ');
  await requestor.begin(activity, [sh('sleep 1000 & echo $! > pid.part; mv pid.part pid; wait')]);
  await until('the command runs', () => existsSync(join(directory, 'pid')));
  return { pids: [Number(background), Number(await readFile(join(directory, 'pid'), 'utf8'))], directory };
}

describe('the program', () => {
  it.each([
    ['ended by SIGKILL', (child: ChildProcess) => child.kill('SIGKILL')],
    ['ended by SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['left by the one who started it', (child: ChildProcess) => child.disconnect()],
  ])('%s takes its processes and files with it', async (_, end) => {
    const child = golem('--port', '0', '--providers', '1');
    const { pids, directory } = await atWork(await ready(child));
    for (const pid of pids) expect(await runs(pid)).toBe(true);
    const exited = once(child, 'exit');
    end(child);
    await exited;
    for (const pid of pids) await until(`process ${pid} is gone`, async () => !(await runs(pid)));
    await until('its files are gone', () => !existsSync(directory));
  });

  it('refuses what it does not know in two lines', async () => {
    const child = golem('--nope');
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(said).toMatch(/^golem: .*--nope.*\nTry --help.\n$/);
  });

  it('prints the two variables that the SDK reads', async () => {
    const child = golemWith({ YAGNA_AUTOCONF_APPKEY: 'sesame' }, '--port', '0');
    let said = '';
    child.stdout?.on('data', (text) => {
      said += text;
    });
    const { url } = await ready(child);
    await until('it has printed', () => said.includes('YAGNA_APPKEY=sesame'));
    expect(said).toContain(`YAGNA_API_URL=${url}`);
  });
});

describe('the command line', () => {
  it('has defaults, and takes images by hash', () => {
    expect(readCommandLine([])).toMatchObject({ providers: 4, port: 7465, anyImage: true, images: [], help: false });
    expect(
      readCommandLine(['--image', 'ab=/opt/a', '--image', 'cd=/opt/x=y', '--strict-images', '--providers', '2']),
    ).toMatchObject({
      providers: 2,
      anyImage: false,
      images: [
        { hash: 'ab', root: '/opt/a' },
        { hash: 'cd', root: '/opt/x=y' },
      ],
    });
  });

  it.each([
    [['--providers', 'many'], '--providers'],
    [['--port', '-1'], '--port'],
    [['--image', 'abc'], '--image'],
    [['extra'], 'extra'],
  ])('refuses %j', (args, word) => expect(() => readCommandLine(args)).toThrow(word));
});
