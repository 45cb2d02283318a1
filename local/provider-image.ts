import { mkdir, rename, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A provider image as a folder. Locally one image holds every installed network. */
export interface LocalImage {
  readonly root: string;
  readonly hash: string;
}

export interface ProviderImageOptions {
  /** Directories with networks; of two with the same id the first directory's counts. */
  readonly models: readonly string[];
  /** The Node to run the program with. */
  readonly node: string;
}

const program = fileURLToPath(new URL('../golem-image/classify.ts', import.meta.url));

/**
 * Makes `<root>/bin/classify`, which runs this repository's provider program as a provider image's /usr/local/bin
 * would. Can be called again while the program is running.
 * @throws RangeError when a directory cannot stand in MLG_MODELS
 */
export async function writeProviderImage(root: string, { models, node }: ProviderImageOptions): Promise<void> {
  const dirs = models.map((dir) => resolve(dir));
  const unusable = dirs.find((dir) => dir.includes(delimiter));
  if (unusable !== undefined) throw new RangeError(`A directory of networks cannot have a '${delimiter}': ${unusable}`);
  const script = [
    '#!/bin/sh',
    `export MLG_MODELS=${quoted(dirs.join(delimiter))}`,
    // Several providers share this machine.
    'export MLG_YIELD=1',
    // Compiled once for all chunks: 0.15 s of processor time each.
    `export NODE_COMPILE_CACHE=${quoted(resolve(root, 'compile-cache'))}`,
    `exec ${quoted(resolve(node))} ${quoted(program)} "$@"`,
    '',
  ].join('\n');
  const path = join(root, 'bin', 'classify');
  const part = `${path}.${process.pid}.part`;
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(part, script, { mode: 0o755 });
  await rename(part, path);
}

/** As one word of a POSIX shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
