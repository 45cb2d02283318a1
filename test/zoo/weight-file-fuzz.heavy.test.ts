import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WeightedLayer } from '../../golem-image/zoo/build.ts';
import { WeightFileError } from '../../golem-image/zoo/errors.ts';
import { openWeightFile } from '../../golem-image/zoo/weight-file.ts';
import { tempDir } from '../support/temp-dir.ts';
import { layerGroups, writeKerasFile } from './keras-h5.ts';

const layers: WeightedLayer[] = [
  { name: 'conv', weights: [{ name: 'kernel', shape: [1, 1, 3, 2] }] },
  { name: 'dense', weights: [{ name: 'kernel', shape: [2, 4] }] },
];

test('a damaged file gives finite numbers of the right count, or is refused', async () => {
  const path = join(await tempDir(), 'damaged.h5');
  await writeKerasFile(
    path,
    layerGroups(layers, (_, __, shape) => new Float32Array(shape.reduce((a, b) => a * b))),
  );
  const good = await readFile(path);
  const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(edits, fc.nat(good.length), fc.boolean(), async (changes, length, cuts) => {
      const damaged = Buffer.from(good);
      for (const [position, byte] of changes) damaged[position] = byte;
      await writeFile(path, cuts ? damaged.subarray(0, length) : damaged);
      try {
        const { weights, close } = await openWeightFile(path, layers, 5_000);
        try {
          for (const [k, layer] of layers.entries()) {
            for (const [j, { shape }] of layer.weights.entries()) {
              const values = weights(k, j, shape);
              expect(values.length).toBe(shape.reduce((a, b) => a * b));
              expect(values.every(Number.isFinite)).toBe(true);
            }
          }
        } finally {
          await close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(WeightFileError);
      }
    }),
    { numRuns: 300 },
  );
});
