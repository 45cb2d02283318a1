import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Child, type ChildEnd, KeptRunning, type Program } from '../../process/supervise.ts';
import { isAlive } from '../support/is-alive.ts';

/** A child that runs `script`, and its lines; it goes with its test. */
function run(script: string, program: Partial<Program> = {}) {
  const lines: string[] = [];
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const child = new Child({
    args: ['-e', script],
    onLine: (line) => {
      lines.push(line);
      resolve(line);
    },
    ...program,
  });
  onTestFinished(async () => void (await child.end(0)));
  return { child, lines, firstLine };
}

/** Runs until it is killed. */
const idle = 'setInterval(() => {}, 1000);';
const deaf = `process.on('SIGTERM', () => console.log('no')); process.on('disconnect', () => process.exit()); console.log('running');`;

describe('a child', () => {
  it('hands on the lines of both outputs, whole, before it has ended', async () => {
    const { child, lines } = run(
      `process.stdout.write('one, '); setTimeout(() => { console.log('whole'); console.error('two'); }, 5); process.disconnect();`,
    );
    expect(await child.ended).toEqual({ exitCode: 0, signal: null });
    expect(lines.toSorted()).toEqual(['one, whole', 'two']);
  });

  it('has the environment and the folder that it is given', async () => {
    const script = 'console.log(process.cwd(), process.env.A, process.env.HOME)';
    const { firstLine } = run(script, { cwd: '/', env: { A: 'b' } });
    expect(await firstLine).toBe('/ b undefined');
  });

  it('that cannot be started has ended with the reason, and rejects nothing', async () => {
    const { child } = run(idle, { cwd: '/no/such/folder' });
    expect(await child.ended).toMatchObject({ exitCode: null, error: { code: 'ENOENT' } });
    await expect(child.message(1_000)).rejects.toThrow(/before it sent a message: .*ENOENT/);
    expect(await child.end(1_000)).toMatchObject({ error: { code: 'ENOENT' } });
    // Node throws for this one.
    const { child: other } = run(idle, { cwd: 'nul\0' });
    expect(await other.ended).toMatchObject({ error: { code: 'ERR_INVALID_ARG_VALUE' } });
  });

  it('ends when it is asked to', async () => {
    const { child, firstLine } = run(`process.once('SIGTERM', () => process.exit(3)); console.log('up'); ${idle}`);
    await firstLine;
    expect(await child.end(60_000)).toEqual({ exitCode: 3, signal: null });
    expect(await child.end(60_000)).toEqual({ exitCode: 3, signal: null });
  });

  it('is killed at the deadline', async () => {
    const { child, firstLine, lines } = run(deaf);
    await firstLine;
    expect(await child.end(100)).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(lines).toEqual(['running', 'no']);
  });

  it('takes what it has started with it', async () => {
    const { child, firstLine } = run(
      `const other = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(idle)}], { stdio: 'inherit' });
       console.log(other.pid); process.disconnect(); setImmediate(() => process.exit());`,
    );
    const pid = Number(await firstLine);
    await child.ended;
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('has ended although a process that left its group holds its output open', async () => {
    const { child, firstLine } = run(
      `const other = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(idle)}], { stdio: 'inherit', detached: true });
       console.log(other.pid); process.disconnect(); setImmediate(() => process.exit());`,
    );
    const pid = Number(await firstLine);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    expect(await child.ended).toMatchObject({ exitCode: 0 });
  });

  it('is told when its parent dies', async () => {
    const orphan = `process.once('disconnect', () => process.exit()); console.log(process.pid); ${idle}`;
    const module = new URL('../../process/supervise.ts', import.meta.url).href;
    const { child, firstLine } = run(
      `import(${JSON.stringify(module)}).then(({ Child }) =>
         new Child({ args: ['-e', ${JSON.stringify(orphan)}], onLine: console.log }));`,
    );
    const pid = Number(await firstLine);
    child.kill('SIGKILL');
    await child.ended;
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

describe('the first message', () => {
  it('is kept until somebody asks', async () => {
    const { child } = run(`process.send({ url: 'x' }); process.send('another'); process.disconnect();`);
    await child.ended;
    expect(await child.message(1_000)).toEqual({ url: 'x' });
  });

  it('has a deadline', async () => {
    const { child } = run(idle);
    await expect(child.message(50)).rejects.toThrow('It sent no message within 0.05 s.');
  });

  it('does not come from a child that ends before', async () => {
    const { child } = run('process.exit(4)');
    await expect(child.message(60_000)).rejects.toThrow('It ended before it sent a message: with exit code 4.');
  });
});

describe('a program that is kept running', () => {
  it('is started again when it ends by itself, and not when it is ended', async () => {
    const started: number[] = [];
    const ends: ChildEnd[] = [];
    const changes = new EventTarget();
    const next = (): Child => {
      const { child, firstLine } = run(`process.once('SIGTERM', () => process.exit(0)); console.log('up'); ${idle}`);
      void firstLine.then(() => {
        started.push(child.pid ?? 0);
        changes.dispatchEvent(new Event('up'));
      });
      return child;
    };
    let up = once(changes, 'up');
    const kept = new KeptRunning(next(), next, { pause: 1, onEnd: (end) => ends.push(end) });
    await up;
    up = once(changes, 'up');
    process.kill(started[0] as number, 'SIGKILL');
    await up;
    expect(ends).toEqual([{ exitCode: null, signal: 'SIGKILL' }]);
    await kept.end(60_000);
    expect(isAlive(started[1] as number)).toBe(false);
    expect([started.length, ends.length]).toEqual([2, 1]);
  });

  it('waits before it is started again, and ends within that time', async () => {
    const { child } = run('process.exit(1)');
    let ended = 0;
    const next = () => {
      throw new Error('It was started again.');
    };
    const kept = new KeptRunning(child, next, { pause: 3_600_000, onEnd: () => ended++ });
    await child.ended;
    await kept.end(60_000);
    expect(ended).toBe(1);
  });
});
