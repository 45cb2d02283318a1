import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { replaceStaged } from '../../golem-image/stage/target.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Stages a folder with one file, `bin/classify`. */
function stage(out: string, text = 'new') {
  return replaceStaged(out, async (part) => {
    await mkdir(path.join(part, 'bin'), { recursive: true });
    await writeFile(path.join(part, 'bin', 'classify'), text);
  });
}

const staged = (out: string) => readFile(path.join(out, 'bin', 'classify'), 'utf8');

test('an absent folder is made, with those above it', async () => {
  const out = path.join(await tempDir(), 'images', 'starter');
  await stage(out);
  expect((await readdir(out)).sort()).toEqual(['.mlg-image', 'bin']);
  expect(await readdir(path.dirname(out))).toEqual(['starter']);
});

test('an empty folder is filled, and one that was staged before is replaced', async () => {
  const out = await tempDir();
  await stage(out, 'first');
  await mkdir(path.join(out, 'lib'));
  await stage(out, 'second');
  expect((await readdir(out)).sort()).toEqual(['.mlg-image', 'bin']);
  expect(await staged(out)).toBe('second');
});

test('a link to a staged folder stays one', async () => {
  const dir = await tempDir();
  const [out, link] = [path.join(dir, 'out'), path.join(dir, 'link')];
  await stage(out, 'first');
  await symlink(out, link);
  await stage(link, 'second');
  expect([await staged(out), (await readdir(dir)).sort()]).toEqual(['second', ['link', 'out']]);
});

test.each([
  ['without the marker', ['notes.txt'], 'notes.txt'],
  ['that looks like a staged one', ['bin', 'lib'], 'bin'],
  ['that was staged, and then used for something else', ['.mlg-image', 'bin', 'thesis'], 'thesis'],
])('a folder %s is refused, with what to do, and nothing in it changes', async (_, entries, foreign) => {
  const out = path.join(await tempDir(), 'out');
  for (const entry of entries) await mkdir(path.join(out, entry), { recursive: true });
  const build = vi.fn();
  const replaced = replaceStaged(out, build);
  await expect(replaced).rejects.toThrow(
    new RegExp(`^${out} holds ${foreign}, .*Name a new or empty folder with --out`),
  );
  expect(build).not.toHaveBeenCalled();
  expect((await readdir(out)).sort()).toEqual(entries);
  expect(await readdir(path.dirname(out))).toEqual(['out']);
});

test('a file is refused', async () => {
  const out = path.join(await tempDir(), 'out');
  await writeFile(out, 'text');
  await expect(stage(out)).rejects.toThrow(`${out} is not a folder.`);
  expect(await readFile(out, 'utf8')).toBe('text');
});

test('after a failure what was staged before is still there, and nothing beside it', async () => {
  const out = path.join(await tempDir(), 'out');
  await stage(out, 'first');
  const failing = replaceStaged(out, async (part) => {
    await mkdir(part);
    await writeFile(path.join(part, 'half'), '');
    throw new Error('The disk is full.');
  });
  await expect(failing).rejects.toThrow('The disk is full.');
  expect([await staged(out), await readdir(path.dirname(out))]).toEqual(['first', ['out']]);
});

test('what is put into the folder while the image is made stays, too', async () => {
  const out = await tempDir();
  const filled = replaceStaged(out, async (part) => {
    await mkdir(part);
    await writeFile(path.join(out, 'notes.txt'), '');
  });
  await expect(filled).rejects.toThrow('holds notes.txt');
  expect(await readdir(out)).toEqual(['notes.txt']);
  await rm(path.join(out, 'notes.txt'));
});
