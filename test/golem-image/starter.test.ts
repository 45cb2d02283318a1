import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageNetClasses } from '../../core/labels.ts';
import { installedModels, ownModelDirs } from '../../golem-image/models.ts';

interface Reference {
  readonly photo: string;
  /** Of the photo after Pillow's resize, RGB. */
  readonly md5: string;
  /** 1000 float32, base64. */
  readonly logits: string;
}

const data = new URL('../data/starter/', import.meta.url);
const { photos } = JSON.parse(await readFile(new URL('reference.json', data), 'utf8')) as { photos: Reference[] };

describe('the starter network', () => {
  let session: InferenceSession;
  beforeAll(async () => {
    session = await InferenceSession.create(`${ownModelDirs[0]}/starter.onnx`);
  });

  test.each(photos)('computes what PyTorch computes, on $photo', async ({ photo, md5, logits: base64 }) => {
    const pixels = await resized(photo);
    expect(createHash('md5').update(pixels).digest('hex')).toBe(md5);
    const { logits, probs } = await classify(pixels, 1);
    const expected = floats(base64);
    expect(furthest(logits, expected)).toBeLessThan(1e-4);
    expect(furthest(probs, softmax(expected))).toBeLessThan(1e-5);
    expect(bestFive(logits)).toEqual(bestFive(expected));
  });

  test('computes each image of a batch as if it were alone', async () => {
    const pixels = await Promise.all(photos.map(({ photo }) => resized(photo)));
    const { logits } = await classify(Buffer.concat(pixels), photos.length);
    photos.forEach((reference, n) => {
      expect(furthest(logits.subarray(n * 1000, (n + 1) * 1000), floats(reference.logits))).toBeLessThan(1e-4);
    });
  });

  test.each([
    ['cat.jpg', ['tabby', 'tiger_cat', 'Persian_cat', 'Siamese_cat', 'Egyptian_cat']],
    ['coffee.jpg', ['espresso']],
    ['camera.png', ['tripod']],
  ])('sees what is on %s', async (photo, labels) => {
    const { logits } = await classify(await resized(photo), 1);
    const [best] = bestFive(logits);
    expect(labels).toContain(imageNetClasses[best as number]?.label);
  });

  test('is the file that its card describes', async () => {
    const installed = await installedModels(ownModelDirs);
    const file = await readFile(`${ownModelDirs[0]}/starter.onnx`);
    expect(installed.starter).toEqual({
      sha256: createHash('sha256').update(file).digest('hex'),
      weights: 'official',
    });
  });

  async function classify(pixels: Uint8Array, count: number) {
    const images = new Tensor('uint8', pixels, [count, 224, 224, 3]);
    const { logits, probs } = await session.run({ images });
    return { logits: logits?.data as Float32Array, probs: probs?.data as Float32Array };
  }
});

/** A photo of the reference after Pillow's resize, 224 x 224 x 3. */
function resized(photo: string): Promise<Buffer> {
  return sharp(new URL(photo.replace(/\.\w+$/, '.png'), data).pathname)
    .raw()
    .toBuffer();
}

function floats(base64: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}

function softmax(logits: Float32Array): Float32Array {
  const powers = Float64Array.from(logits, Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

function furthest(values: Float32Array, expected: Float32Array): number {
  expect(values.length).toBe(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs((values[i] as number) - value)), 0);
}

function bestFive(values: Float32Array): number[] {
  return [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number)).slice(0, 5);
}
