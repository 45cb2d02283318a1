import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY: https://www.sqlite.org/rescode.html#busy */
const busy = 5;

/** An open database that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>();

/**
 * Locks a file, which is created empty and stays. The lock is SQLite's, because the system releases it however the
 * process ends.
 * @returns what releases it; undefined when it is held already, by this process or another
 */
export async function lockFile(file: string): Promise<(() => void) | undefined> {
  await mkdir(dirname(file), { recursive: true });
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    held.add(lock);
    return () => {
      held.delete(lock);
      lock.close();
    };
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw error;
  }
}
