import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Removes itself at the end of a scope: `await using folder = await temporaryFolder('mlg-')`. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Removes it with everything in it; a second call does nothing. */
  remove(): Promise<void>;
}

const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const folders = new Set<string>();

/**
 * Makes a folder with a name of its own that does not outlive this process: `remove` or the end of its scope removes it,
 * else the process's end does, by itself, by `process.exit`, by an error, or by a signal.
 * @param prefix of its name
 */
export async function temporaryFolder(prefix: string, parent: string = tmpdir()): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(parent, prefix));
  if (folders.size === 0) watch();
  folders.add(folder);
  const remove = async () => {
    await rm(folder, removal);
    if (folders.delete(folder) && folders.size === 0) unwatch();
  };
  return { path: folder, remove, [Symbol.asyncDispose]: remove };
}

function watch(): void {
  process.on('exit', removeAll);
  for (const signal of endings) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', removeAll);
  for (const signal of endings) process.off(signal, onSignal);
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, removal);
  folders.clear();
}

/** A listener keeps a signal from ending the process, so this one ends it, unless another part decides how it ends. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}
