import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { decode } from '../imaging/decode.ts';
import { maxImagePixels } from '../imaging/limits.ts';
import { prepareImage } from '../imaging/prepare.ts';
import { resizeBicubic } from '../imaging/resize.ts';
import { median } from './median.ts';

const size = 224;
const rounds = 15;
const photo = readFileSync(new URL('../local/photos/coffee.jpg', import.meta.url));

/** One photo in the sizes that people send; a phone's has 12 million pixels. */
const shapes = [
  [800, 700],
  [1600, 1200],
  [4000, 3000],
] as const;

/**
 * Preparing a photo for a network with an input of 224 pixels: where the time goes, and beside it sharp's own resize,
 * which is not Pillow's. Medians.
 */
export async function run(): Promise<void> {
  for (const [width, height] of shapes) {
    const jpeg = await sharp(photo).resize(width, height, { fit: 'fill' }).jpeg({ quality: 85 }).toBuffer();
    const { pixels } = await decode(jpeg, 'jpeg', maxImagePixels);
    const steps = {
      decode: () => decode(jpeg, 'jpeg', maxImagePixels),
      resize: async () => resizeBicubic(pixels, size, size),
      prepare: () => prepareImage(jpeg, size),
      sharp: () => resizeWithSharp(jpeg, false),
      'sharp, shrinking as it loads': () => resizeWithSharp(jpeg, true),
    };
    const ms = await medians(steps);
    console.log(`\n${width} x ${height}, ${Math.round(jpeg.length / 1024)} KiB`);
    for (const [step, time] of Object.entries(ms)) {
      const ratio = (time / (ms.prepare as number)).toFixed(2);
      console.log(`  ${step.padEnd(30)} ${time.toFixed(1).padStart(7)} ms   ${ratio} of prepare`);
    }
  }
}

function resizeWithSharp(jpeg: Uint8Array, fastShrinkOnLoad: boolean): Promise<Buffer> {
  const options = { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad } as const;
  return sharp(jpeg, { ignoreIcc: true }).resize(size, size, options).raw().toBuffer();
}

/** In turns, so that a noisy moment hits all alike; the first turns warm up. */
async function medians(steps: Readonly<Record<string, () => Promise<unknown>>>): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  for (let round = -3; round < rounds; round++) {
    for (const [step, work] of Object.entries(steps)) {
      const start = performance.now();
      await work();
      if (round >= 0) times[step] = [...(times[step] ?? []), performance.now() - start];
    }
  }
  return Object.fromEntries(Object.entries(times).map(([step, values]) => [step, median(values)]));
}
