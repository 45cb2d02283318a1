import { mkdir, readdir, realpath, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../../process/temporary-folder.ts';

/** In each staged folder: it may be replaced. */
const marker = '.mlg-image';
const markerText = "A provider image, staged by 'npm run image', which replaces this folder when it is run again.\n";
/** All that a staged folder holds. */
const staged = new Set(['bin', 'lib', marker]);

/**
 * Has `build` fill a folder, and puts it where `out` is once it is whole. When anything fails, `out` stays as it was and
 * nothing half-written stays.
 * @throws Error when `out` is anything but absent, an empty folder, or one that was staged before
 */
export async function replaceStaged(out: string, build: (part: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(out), { recursive: true });
  const root = await realpath(out).catch(() => out);
  await requireReplaceable(root);
  // Beside `root`, because a folder cannot be renamed into another file system.
  await using work = await temporaryFolder(`.${path.basename(root)}-`, path.dirname(root));
  const [part, old] = [path.join(work.path, 'new'), path.join(work.path, 'old')];
  await build(part);
  await writeFile(path.join(part, marker), markerText);
  if ((await requireReplaceable(root)) === 'empty') return rename(part, root);
  await rename(root, old);
  await rename(part, root).catch(async (error) => {
    await rename(old, root);
    throw error;
  });
}

async function requireReplaceable(root: string): Promise<'empty' | 'staged'> {
  const entries = await entriesOf(root);
  if (entries.length === 0) return 'empty';
  const foreign = entries.includes(marker) ? entries.find((entry) => !staged.has(entry)) : entries[0];
  if (foreign === undefined) return 'staged';
  throw new Error(
    `${root} holds ${foreign}, which 'npm run image' has not put there and will not remove. ` +
      'Name a new or empty folder with --out, or remove that one first.',
  );
}

/** None when there is no such folder. */
async function entriesOf(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new Error(`${root} is not a folder. Name one with --out.`, { cause: error });
    throw error;
  }
}
