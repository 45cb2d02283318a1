import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Child, KeptRunning } from '../process/supervise.ts';
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
  const { onLine = () => {} } = options;
  const appKey = randomBytes(16).toString('hex');
  // Not an argument: everybody on this machine can list those.
  const start = (port: number) =>
    new Child({
      args: argumentsOf(options, port),
      env: { ...process.env, YAGNA_AUTOCONF_APPKEY: appKey },
      onLine: (line) => onLine('golem', line),
    });
  const first = start(0);
  const url = await first.message(startMs).then(
    (message) => (message as { url: string }).url,
    async (error: Error) => {
      await first.end(0);
      throw new Error(`The Golem stand-in did not start. ${error.message}`, { cause: error });
    },
  );
  const kept = new KeptRunning(first, () => start(Number(new URL(url).port)), {
    pause: restartMs,
    onEnd: () => onLine('golem', 'The stand-in ended unexpectedly; it is started again.'),
  });
  return { url, appKey, close: () => kept.end(closeMs) };
}

function argumentsOf(
  { providers, image, program = standIn, sessionTimeout }: GolemProcessOptions,
  port: number,
): string[] {
  const args = [program, '--providers', `${providers}`, '--port', `${port}`];
  args.push('--image', `${image.hash}=${image.root}`, '--strict-images');
  if (sessionTimeout !== undefined) args.push('--session-timeout', `${sessionTimeout}`);
  return args;
}
