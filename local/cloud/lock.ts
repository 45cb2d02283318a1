import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes a directory for this process alone. The lock is SQLite's on a file, because the system itself gives that back
 * however the process ends.
 * @throws Error when another process has it
 */
export async function lockDirectory(directory: string): Promise<() => void> {
  await mkdir(directory, { recursive: true });
  const lock = new DatabaseSync(join(directory, 'lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new Error(`${directory} is in use: another local cloud keeps its data there.`, { cause: error });
  }
  return () => lock.close();
}
