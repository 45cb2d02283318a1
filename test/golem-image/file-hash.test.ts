import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ClassifyFailure } from '../../golem-image/failure.ts';
import { startFileHash } from '../../golem-image/file-hash.ts';
import { tempDir } from '../support/temp-dir.ts';

test.each([0, 1, (1 << 20) - 1, 1 << 20, 3_000_001])('hashes a file of %i bytes', async (length) => {
  const path = join(await tempDir(), 'network');
  const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
  await writeFile(path, bytes);
  expect(await startFileHash(path).finish()).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test.each([
  ['written to', (path: string) => writeFile(path, 'bb')],
  ['replaced by another', (path: string) => writeFile(`${path}2`, 'a').then(() => rename(`${path}2`, path))],
  ['taken away', (path: string) => rm(path)],
])('does not vouch for a file that is %s', async (_, change) => {
  const path = join(await tempDir(), 'network');
  await writeFile(path, 'a');
  const hash = startFileHash(path);
  await change(path);
  await expect(hash.finish()).rejects.toThrow(ClassifyFailure);
});

test('says that a file cannot be read', async () => {
  const path = join(await tempDir(), 'nothing');
  await expect(startFileHash(path).finish()).rejects.toThrow(/nothing cannot be read: ENOENT/);
});
