import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

let folder: string;

/** Gives a run of the tests, and all that they start, a folder of its own for temporary files. */
export async function setup(): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), 'mlg-tests-'));
  process.env.TMPDIR = folder;
}

/** Removes it, and fails the run when tests have left something there. */
export async function teardown(): Promise<void> {
  const left = await readdir(folder);
  await rm(folder, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`Tests have left temporary files: ${left.sort().join(', ')}`);
}
