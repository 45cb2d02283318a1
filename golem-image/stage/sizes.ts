import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Sizes within a staged image, bytes. */
export interface ImageSizes {
  readonly node: number;
  readonly runtime: number;
  readonly networks: number;
  readonly program: number;
}

/**
 * For comparison, the original service's runtime, MB: tensorflow-cpu 2.21.0 and its dependencies, as pip unpacks them for
 * Python 3.11 (measured on 22 November 2026). Python itself, the base and the weights come on top.
 */
export const tensorflowMb = 2120;

export async function imageSizes(root: string): Promise<ImageSizes> {
  const program = path.join(root, 'lib', 'mlg');
  const [all, node, runtime, networks] = await Promise.all([
    bytesOf(root),
    bytesOf(path.join(root, 'bin', 'node')),
    bytesOf(path.join(program, 'node_modules')),
    bytesOf(path.join(program, 'models')),
  ]);
  return { node, runtime, networks, program: all - node - runtime - networks };
}

/** Returns the size of a file, or of all files in a folder. */
export async function bytesOf(file: string): Promise<number> {
  const entry = await stat(file);
  if (!entry.isDirectory()) return entry.size;
  const inside = await Promise.all((await readdir(file)).map((name) => bytesOf(path.join(file, name))));
  return inside.reduce((sum, bytes) => sum + bytes, 0);
}
