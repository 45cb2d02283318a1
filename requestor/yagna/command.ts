import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** ms; calls that reach out to a chain take seconds. */
const commandMs = 30_000;

/**
 * What `yagna <args>` prints, by its own client of the daemon.
 * @throws Error with what it complained of
 */
export async function yagna(...args: string[]): Promise<string> {
  const { stdout } = await run('yagna', args, { timeout: commandMs, killSignal: 'SIGKILL' });
  return stdout;
}
