import { glob, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from './errors.ts';

const imageName = /\.(jpe?g|png|gif|webp)$/i;

/**
 * Finds the files that are named, each once, in order: a file whatever its name, the images in a folder and its
 * subfolders, and what a pattern (`*`, `**`, `?`, `{a,b}`) matches.
 * @throws UsageError for a name that matches nothing
 */
export async function findFiles(names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const name of names) {
    for (const file of await filesOf(name)) found.add(path.normalize(file));
  }
  return [...found];
}

async function filesOf(name: string): Promise<string[]> {
  const entry = await stat(name).catch(() => undefined);
  if (entry?.isDirectory()) return imagesIn(name);
  if (entry) return [name];
  const matches = /[*?{[]/.test(name) ? await matchesOf(name) : [];
  if (matches.length === 0) throw new UsageError(`There is no file, folder or match for ${name}.`);
  return matches;
}

async function imagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const images = entries.filter((entry) => entry.isFile() && imageName.test(entry.name));
  if (images.length === 0) throw new UsageError(`There is no JPEG, PNG, GIF or WebP in ${folder}.`);
  return images.map(({ parentPath, name }) => path.join(parentPath, name)).sort();
}

async function matchesOf(pattern: string): Promise<string[]> {
  const matches: string[] = [];
  for await (const match of glob(pattern)) {
    if (imageName.test(match)) matches.push(match);
  }
  return matches.sort();
}
