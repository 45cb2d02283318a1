import { chmod, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Makes a folder that only its user can look into; one that exists becomes so. */
export async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/**
 * Makes a folder and everything in it its user's alone, and so whatever this process and its children write from now on:
 * the emulators make their files by themselves.
 */
export async function keepPrivate(folder: string): Promise<void> {
  process.umask(0o077);
  await privateFolder(folder);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    await chmod(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
  }
}
