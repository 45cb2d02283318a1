import { readFile } from 'node:fs/promises';
import type { ZooId } from './networks/index.ts';

/** What Keras itself makes of a network with the seeded weights and the seeded image; see `golden/regenerate.py`. */
export interface Golden {
  /** Layers of the Keras model, with and without weights. */
  readonly layers: number;
  readonly parameters: number;
  /** MD5 of the seeded image, and of all weights in file order (float32, little-endian). */
  readonly imageMd5: string;
  readonly weightsMd5: string;
  /** Class and probability. */
  readonly top5: readonly (readonly [classIndex: number, probability: number])[];
  /** 1000 numbers before the softmax. */
  readonly logits: Float32Array;
  /** Every weighted layer in Keras' order: `name: array shape, array shape`. */
  readonly weighted: readonly string[];
}

export async function readGolden(id: ZooId): Promise<Golden> {
  const file = await readFile(new URL(`golden/${id}.json`, import.meta.url), 'utf8');
  const golden = JSON.parse(file);
  return { ...golden, logits: new Float32Array(new Uint8Array(Buffer.from(golden.logits, 'base64')).buffer) };
}
