import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { LocalImage } from './provider-image.ts';

const standIn = path.join(import.meta.dirname, 'golem', 'main.ts');
/** ms before a stand-in that died is started again, so that one that cannot start does not spin. */
const restartMs = 500;
const startMs = 20_000;
const closeMs = 10_000;

export interface GolemProcessOptions {
  readonly providers: number;
  readonly image: LocalImage;
  /** What to run in place of the stand-in alone: it takes the same arguments. */
  readonly program?: string;
  /** Seconds after which a requestor that reads no events is lost. */
  readonly sessionTimeout?: number;
  readonly onLine?: (source: string, line: string) => void;
}

export interface GolemProcess {
  readonly url: string;
  readonly appKey: string;
  close(): Promise<void>;
}

/**
 * The Golem stand-in as a process of its own, as the daemon is in the cloud. One that dies is started again at the
 * same address, so that the next run finds it.
 */
export async function startGolemProcess(options: GolemProcessOptions): Promise<GolemProcess> {
  const appKey = randomBytes(16).toString('hex');
  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let child = spawn(options, appKey, 0);
  const { url } = await ready(child);
  const port = Number(new URL(url).port);

  const watch = (watched: ChildProcess) => {
    watched.once('exit', () => {
      if (closing) return;
      options.onLine?.('golem', 'The stand-in ended unexpectedly; it is started again.');
      restart = setTimeout(() => {
        child = spawn(options, appKey, port);
        watch(child);
      }, restartMs);
    });
  };
  watch(child);

  return {
    url,
    appKey,
    async close() {
      closing = true;
      clearTimeout(restart);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), closeMs);
      await exited;
      clearTimeout(killer);
    },
  };
}

function spawn(
  { providers, image, program = standIn, sessionTimeout, onLine }: GolemProcessOptions,
  appKey: string,
  port: number,
): ChildProcess {
  const args = ['--providers', `${providers}`, '--port', `${port}`, '--app-key', appKey];
  args.push('--image', `${image.hash}=${image.root}`, '--strict-images');
  if (sessionTimeout !== undefined) args.push('--session-timeout', `${sessionTimeout}`);
  const child = fork(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const forward = async (stream: Readable) => {
    for await (const line of createInterface({ input: stream })) onLine?.('golem', line);
  };
  if (child.stdout) void forward(child.stdout);
  if (child.stderr) void forward(child.stderr);
  return child;
}

async function ready(child: ChildProcess): Promise<{ url: string }> {
  const signal = AbortSignal.timeout(startMs);
  const exited = once(child, 'exit', { signal }).then(() => {
    throw new Error('The Golem stand-in ended before it was ready.');
  });
  const message = once(child, 'message', { signal }).then(([said]) => said as { url: string });
  try {
    return await Promise.race([message, exited]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    exited.catch(() => {});
    message.catch(() => {});
  }
}
