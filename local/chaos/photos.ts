import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { prediction } from '../../core/answer.ts';
import type { Prediction } from '../../core/predictions.ts';
import { loadNetwork } from '../../golem-image/inference.ts';
import { modelFile, ownModelDirs } from '../../golem-image/models.ts';
import { topClasses } from '../../golem-image/top-classes.ts';
import { prepareImage } from '../../imaging/prepare.ts';

/** A photo and what the network sees on it. */
export interface Photo {
  readonly file: Uint8Array;
  readonly truth: readonly Prediction[];
}

const photos = path.join(import.meta.dirname, '..', 'photos');
const size = 224;

/** The photos of the repository, each as it is, mirrored and turned, with the classes that an honest provider finds. */
export async function photosWithTruth(): Promise<Photo[]> {
  const file = await modelFile(ownModelDirs, 'starter');
  if (!file) throw new Error('The starter network is not beside the provider program.');
  const network = await loadNetwork(file);
  const found: Photo[] = [];
  for (const bytes of await variants()) {
    const [probabilities] = await network.run(await prepareImage(bytes, size), [1, size, size, 3]);
    const top = topClasses(probabilities as Float32Array);
    found.push({ file: bytes, truth: top.map(([index, p]) => prediction(index, p)) });
  }
  await network.sha256();
  return found;
}

async function variants(): Promise<Uint8Array[]> {
  const names = (await readdir(photos)).filter((name) => /\.(jpg|png)$/.test(name)).sort();
  const files = await Promise.all(names.map((name) => readFile(path.join(photos, name))));
  const turned = files.flatMap((file) => [
    sharp(file).flop().jpeg().toBuffer(),
    sharp(file).rotate(90).jpeg().toBuffer(),
    sharp(file).rotate(180).jpeg().toBuffer(),
  ]);
  return [...files, ...(await Promise.all(turned))];
}
