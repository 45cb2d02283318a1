import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageNetClasses } from '../../core/labels.ts';
import { installedModels, ownModelDirs } from '../../golem-image/models.ts';
import { InferenceSession, Tensor } from '../../golem-image/onnx-runtime.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { readReferences, softmax } from './reference.ts';

const references = await readReferences();
const models = ownModelDirs[0] ?? '';

describe('the starter network', () => {
  let session: InferenceSession;
  beforeAll(async () => {
    session = await InferenceSession.create(join(models, 'starter.onnx'));
  });

  test.each(references)('computes what PyTorch computes, on $photo', async ({ pixels, md5, logits: expected }) => {
    expect(createHash('md5').update(pixels).digest('hex')).toBe(md5);
    const { logits, probs } = await run(pixels, 1);
    expect(furthest(logits, expected)).toBeLessThan(1e-4);
    expect(furthest(probs, softmax(expected))).toBeLessThan(1e-5);
    expect(bestFive(logits)).toEqual(bestFive(expected));
  });

  test('computes each image of a batch as if it were alone', async () => {
    const { logits } = await run(Buffer.concat(references.map(({ pixels }) => pixels)), references.length);
    references.forEach((reference, n) => {
      expect(furthest(logits.subarray(n * 1000, (n + 1) * 1000), reference.logits)).toBeLessThan(1e-4);
    });
  });

  test.each(references)('is fed what Pillow makes of $photo', async ({ photo, md5 }) => {
    const file = await readFile(new URL(`../../local/photos/${photo}`, import.meta.url));
    const prepared = await prepareImage(file, 224);
    expect(createHash('md5').update(prepared).digest('hex')).toBe(md5);
  });

  test.each([
    ['cat.jpg', ['tabby', 'tiger_cat', 'Persian_cat', 'Siamese_cat', 'Egyptian_cat']],
    ['coffee.jpg', ['espresso']],
    ['camera.png', ['tripod']],
  ])('sees what is on %s', async (photo, labels) => {
    const reference = references.find((other) => other.photo === photo);
    const { logits } = await run(reference?.pixels ?? new Uint8Array(), 1);
    expect(labels).toContain(imageNetClasses[bestFive(logits)[0] ?? -1]?.label);
  });

  test('is the file that its card and its notice describe', async () => {
    const sha256 = createHash('sha256')
      .update(await readFile(join(models, 'starter.onnx')))
      .digest('hex');
    expect((await installedModels(ownModelDirs)).starter).toEqual({ sha256, weights: 'official' });
    expect(await readFile(join(models, 'NOTICE.md'), 'utf8')).toContain(sha256);
  });

  async function run(pixels: Uint8Array, count: number) {
    const { logits, probs } = await session.run({ images: new Tensor('uint8', pixels, [count, 224, 224, 3]) });
    return { logits: logits?.data as Float32Array, probs: probs?.data as Float32Array };
  }
});

function furthest(values: Float32Array, expected: Float32Array): number {
  expect(values.length).toBe(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs((values[i] ?? Number.NaN) - value)), 0);
}

function bestFive(values: Float32Array): number[] {
  return [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, 5);
}
