import type { Pixels } from '../../imaging/resize.ts';

/**
 * A reproducible RGB picture of any size: two gradients, a checkerboard, and noise from a hash of the byte's index.
 * The golden data of resizing and of the networks were made from it.
 */
export function testImage(height: number, width: number): Pixels {
  const data = new Uint8Array(height * width * 3);
  const seed = fnv1a('image');
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const square = (Math.floor(x / 16) + Math.floor(y / 16)) % 2;
      const colour = [Math.floor((255 * x) / (width - 1)), Math.floor((255 * y) / (height - 1)), 160 * square + 40];
      colour.forEach((value, channel) => {
        const noise = (mixed(seed, at + channel) >>> 27) - 16;
        data[at + channel] = Math.min(255, Math.max(0, value + noise));
      });
    }
  }
  return { width, height, channels: 3, data };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function mixed(seed: number, index: number): number {
  let x = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
