import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ZooError } from './errors.ts';
import type { ZooId } from './networks/index.ts';

/**
 * Does something to a network in a directory while no other command does. The lock is SQLite's on an empty file, which
 * stays: the system itself gives the lock back, however the process ends.
 * @throws ZooError when another command is at the same network
 */
export async function exclusively<T>(dir: string, id: ZooId, work: () => Promise<T>): Promise<T> {
  await mkdir(dir, { recursive: true });
  const lock = new DatabaseSync(join(dir, `.${id}.lock`));
  try {
    take(lock);
    return await work();
  } finally {
    lock.close();
  }
}

function take(lock: DatabaseSync): void {
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    throw new ZooError('Another command is installing it just now.', { cause });
  }
}
