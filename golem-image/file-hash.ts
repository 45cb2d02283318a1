import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ClassifyFailure } from './failure.ts';

/**
 * SHA-256 (hex) of a file, computed in a thread of its own, which is under way when this returns: loading a network
 * blocks the calling thread.
 * @throws ClassifyFailure `model` when the file is replaced or written to meanwhile
 */
export async function fileHash(path: string): Promise<string> {
  const before = identity(path);
  const hash = await hashInThread(path);
  if (identity(path) !== before) throw new ClassifyFailure('model', `${path} changed while it was read.`);
  return hash;
}

function identity(path: string): string {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs].join();
}

function hashInThread(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('file-hash-thread.ts', import.meta.url), { workerData: path });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
