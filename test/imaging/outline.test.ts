import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallerError } from '../../core/errors.ts';
import { decode } from '../../imaging/decode.ts';
import { outline } from '../../imaging/formats/index.ts';
import { maxImagePixels } from '../../imaging/limits.ts';
import type { Outline } from '../../imaging/outline.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { type ImageFormat, sniff } from '../../imaging/sniff.ts';
import { costlyImages } from '../support/costly-images.ts';
import { animation } from '../support/crafted-images.ts';
import { imageFile } from '../support/image-files.ts';

const names = readdirSync(new URL('../data/images', import.meta.url)).toSorted();

function read(bytes: Uint8Array): Outline & { readonly format: ImageFormat } {
  const { format } = sniff(bytes);
  const found = format && outline(format, bytes);
  if (!found) throw new Error('no outline');
  return { format, ...found };
}

describe.each(names)('%s', (name) => {
  const file = imageFile(name);
  const { format, frame, width, height } = read(file);

  it('has the size and the pixels that its decoder finds in the whole file', async () => {
    const whole = await decode(file, format, maxImagePixels);
    expect({ width, height }).toEqual({ width: whole.pixels.width, height: whole.pixels.height });
    expect(await decode(frame, format, maxImagePixels)).toEqual(whole);
  });

  it('is decoded from nothing but what it takes: leaving out more leaves out nothing', () => {
    expect(frame.length).toBeLessThanOrEqual(file.length + 1);
    expect(read(frame).frame).toEqual(frame);
  });
});

describe('what decoders get to see', () => {
  it('is the first frame of an animation', async () => {
    for (const name of ['animated.gif', 'animated.webp']) {
      expect(read(imageFile(name)).frame.length).toBeLessThan(imageFile(name).length * 0.7);
    }
    expect(read(animation(3, 2, 1000)).frame).toEqual(animation(3, 2, 1));
  });

  it('has no EXIF, comments, texts or profiles', () => {
    for (const name of ['orientation-6.jpg', 'orientation-6.png', 'orientation-6.webp']) {
      const seen = Buffer.from(read(imageFile(name)).frame).toString('latin1');
      expect(seen).not.toMatch(/exif/i);
    }
  });

  it('is little of a file whose metadata or further frames are what costs', () => {
    const sizes = costlyImages().filter(({ outcome }) => outcome === 'taken');
    for (const { name, bytes } of sizes) {
      const isPixels = name.includes('chunks of pixels') || name.includes('pixels unfold');
      if (!isPixels) expect([name, read(bytes).frame.length < 8000]).toEqual([name, true]);
    }
  });
});

describe("a JPEG's scans", () => {
  it.each([
    ['colour-444.jpg', 1, 3],
    ['grey.jpg', 1, 1],
    ['cmyk.jpg', 1, 4],
    ['progressive.jpg', 10, 14],
  ])('of %s are %i, of %i components in all', (name, count, components) => {
    expect(read(imageFile(name)).scans).toEqual({ count, blocks: components * 16 * 2 * 2 });
  });
});

describe('a second frame that is damaged', () => {
  it.each(['animated.gif', 'animated.webp'])('of %s is no fault, as in Pillow', async (name) => {
    const whole = imageFile(name);
    expect(await prepareImage(whole.subarray(0, -50), 16)).toEqual(await prepareImage(whole, 16));
  });
});

describe('damaged and made-up files', () => {
  const position = fc.double({ min: 0, max: 1, noNaN: true });
  const damage = fc.array(fc.tuple(position, fc.constantFrom(0, 0xff, 0xda, 0xd9, 0xe1, 0x21, 0x2c, 1)), {
    maxLength: 8,
  });
  const starts = [
    '\xff\xd8\xff',
    '\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
    'GIF89a',
    'RIFF\xff\0\0\0WEBPVP8X',
    'RIFF\xff\0\0\0WEBPVP8L',
  ];

  function hold(bytes: Uint8Array): void {
    const { format } = sniff(bytes);
    if (!format) return;
    let found: Outline | undefined;
    try {
      found = outline(format, bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(CallerError);
    }
    if (!found) return;
    expect(found.frame.length).toBeLessThanOrEqual(bytes.length + 30);
    const again = read(found.frame);
    expect({ ...again, orientation: 1 }).toEqual({ format, ...found, orientation: 1 });
  }

  it('are read to their end, once, and what is kept of them reads the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), damage, position, (name, changes, cut) => {
        const bytes = imageFile(name).slice(0, cut > 0.5 ? undefined : Math.floor(imageFile(name).length * 2 * cut));
        for (const [at, value] of changes) bytes[Math.floor(at * (bytes.length - 1))] = value;
        hold(bytes);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        hold(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
      }),
      { numRuns: 3000 },
    );
  });
});
