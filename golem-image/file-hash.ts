import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ClassifyFailure, reason } from './failure.ts';

/** A hash that is being computed. */
export interface FileHash {
  /**
   * SHA-256 (hex) of the file, as it was from the start until now.
   * @throws ClassifyFailure `model` when it was replaced or written to in this time, or cannot be read
   */
  finish(): Promise<string>;
}

/** Begins to hash a file in a thread of its own, because loading a network blocks the calling one. */
export function startFileHash(path: string): FileHash {
  const before = identity(path);
  const hash = hashInThread(path);
  hash.catch(() => undefined); // `finish` reports it
  return {
    async finish() {
      const sha256 = await hash.catch((cause) => {
        throw new ClassifyFailure('model', `${path} cannot be read: ${reason(cause)}`, { cause });
      });
      if (identity(path) !== before) throw new ClassifyFailure('model', `${path} changed while it was read.`);
      return sha256;
    },
  };
}

/** Undefined when there is no such file. */
function identity(path: string): string | undefined {
  const entry = statSync(path, { bigint: true, throwIfNoEntry: false });
  return entry && [entry.dev, entry.ino, entry.size, entry.mtimeNs].join();
}

function hashInThread(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('file-hash-thread.ts', import.meta.url), { workerData: path });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
