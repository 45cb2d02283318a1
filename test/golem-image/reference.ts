import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

/** What PyTorch makes of a photo: see golem-image/zoo/starter/reference.py. */
export interface Reference {
  readonly photo: string;
  /** Of the photo after Pillow's resize to 224 x 224, RGB. */
  readonly md5: string;
  /** 1000 numbers. */
  readonly logits: Float32Array;
  /** 224 x 224 x 3, uint8 RGB. */
  readonly pixels: Uint8Array;
}

const data = new URL('../data/starter/', import.meta.url);

export async function readReferences(): Promise<readonly Reference[]> {
  const { photos } = JSON.parse(await readFile(new URL('reference.json', data), 'utf8')) as {
    photos: { photo: string; md5: string; logits: string }[];
  };
  return Promise.all(
    photos.map(async ({ photo, md5, logits }) => ({ photo, md5, logits: floats(logits), pixels: await pixels(photo) })),
  );
}

/** In float64. */
export function softmax(logits: Float32Array): Float32Array {
  const powers = Float64Array.from(logits, Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

async function pixels(photo: string): Promise<Buffer> {
  const resized = await readFile(new URL(photo.replace(/\.\w+$/, '.png'), data));
  return sharp(resized).raw().toBuffer();
}

function floats(base64: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}
