import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeBicubicAlpha } from '../../imaging/alpha.ts';
import type { Orientation } from '../../imaging/orientation.ts';
import { type Pixels, resizeBicubic, resizeNearest } from '../../imaging/resize.ts';
import pillow from '../data/pillow.json' with { type: 'json' };
import { testImage } from '../support/test-image.ts';

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const md5 = (pixels: Pixels) => createHash('md5').update(pixels.data).digest('hex');

describe.each(pillow.resized)('Pillow, from $width x $height', (expected) => {
  const source = testImage(expected.height, expected.width);

  it('has the same source', () => {
    expect(md5(source)).toBe(expected.source);
  });

  it.each(['224x224', '299x299', '331x331', '400x200'] as const)('bicubic to %s is the same, byte for byte', (to) => {
    const [width = 0, height = 0] = to.split('x').map(Number);
    expect(md5(resizeBicubic(source, width, height))).toBe(expected[to]);
  });

  it('nearest is the same, byte for byte', () => {
    expect(md5(resizeNearest(source, 224, 224))).toBe(expected.nearest);
  });

  it.each(orientations)('turned upright from orientation %i is the same, byte for byte', (orientation) => {
    const { bicubic, nearest } = expected.turned[orientation];
    expect(md5(resizeBicubic(source, 224, 110, orientation))).toBe(bicubic);
    expect(md5(resizeNearest(source, 224, 110, orientation))).toBe(nearest);
  });
});

describe('an image that is not stored upright', () => {
  const resizers = { bicubic: resizeBicubic, nearest: resizeNearest, 'bicubic with alpha': resizeBicubicAlpha };

  it.each(Object.entries(resizers))('is resized (%s) as if it had been turned first', (name, resize) => {
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(...orientations), (w, h, toW, toH, orientation) => {
        const rgb = testImage(h + 1, w + 1);
        const source = name.includes('alpha') ? withAlpha(rgb, 100) : rgb;
        const upright = turned(source, orientation);
        expect(resize(source, toW, toH, orientation)).toEqual(resize(upright, toW, toH));
        const { width, height } = upright;
        expect(resize(source, width, height, orientation)).toEqual(upright);
      }),
    );
  });
});

/** Pixel by pixel, as EXIF defines orientations: where the first row and the first column are in the upright image. */
function turned(source: Pixels, orientation: Orientation): Pixels {
  const { width: w, height: h, channels, data } = source;
  const [width, height] = orientation < 5 ? [w, h] : [h, w];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [toX, toY] = {
        1: [x, y],
        2: [w - 1 - x, y],
        3: [w - 1 - x, h - 1 - y],
        4: [x, h - 1 - y],
        5: [y, x],
        6: [h - 1 - y, x],
        7: [h - 1 - y, w - 1 - x],
        8: [y, w - 1 - x],
      }[orientation] as [number, number];
      const pixel = data.subarray((y * w + x) * channels, (y * w + x + 1) * channels);
      out.set(pixel, (toY * width + toX) * channels);
    }
  }
  return { width, height, channels, data: out };
}

const side = fc.integer({ min: 1, max: 40 });

function plain(width: number, height: number, colour: readonly number[]): Pixels {
  const data = Uint8Array.from({ length: width * height * colour.length }, (_, i) => colour[i % colour.length] ?? 0);
  return { width, height, channels: colour.length as 3 | 4, data };
}

describe('every resize', () => {
  const byte = fc.nat(255);

  it('keeps a plain colour plain, at any size', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.tuple(byte, byte, byte), (w, h, toW, toH, colour) => {
        const source = plain(w, h, colour);
        expect(resizeBicubic(source, toW, toH)).toEqual(plain(toW, toH, colour));
        expect(resizeNearest(source, toW, toH)).toEqual(plain(toW, toH, colour));
      }),
    );
  });

  it('treats the four channels of RGBA as it treats the three of RGB', () => {
    fc.assert(
      fc.property(side, side, side, side, (w, h, toW, toH) => {
        const rgb = testImage(h + 1, w + 1);
        const rgba = withAlpha(rgb, 255);
        expect(resizeBicubicAlpha(rgba, toW, toH)).toEqual(withAlpha(resizeBicubic(rgb, toW, toH), 255));
      }),
    );
  });

  it('leaves its source as it was', () => {
    const source = withAlpha(testImage(9, 7), 100);
    const before = md5(source);
    resizeBicubicAlpha(source, 5, 5);
    expect(md5(source)).toBe(before);
  });
});

function withAlpha(rgb: Pixels, alpha: number): Pixels {
  const data = new Uint8Array(rgb.width * rgb.height * 4).fill(alpha);
  for (let i = 0; i < rgb.width * rgb.height; i++) data.set(rgb.data.subarray(3 * i, 3 * i + 3), 4 * i);
  return { ...rgb, channels: 4, data };
}
