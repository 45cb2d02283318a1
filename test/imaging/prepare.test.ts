import { createHash } from 'node:crypto';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { CallerError } from '../../core/errors.ts';
import { maxImageBytes } from '../../core/image-limits.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import pillow from '../data/pillow.json' with { type: 'json' };
import { gif, imageFile, jpegHeader, pngHeader } from '../support/image-files.ts';

const files = Object.entries(pillow.files).map(([name, expected]) => ({ name, ...expected }));

describe('what Pillow makes of an image', () => {
  it.each(files)('$name ($mode) is the same, byte for byte', async (file) => {
    const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
    expect(md5(await prepareImage(imageFile(file.name), 16))).toBe(file['16']);
    expect(md5(await prepareImage(imageFile(file.name), 96))).toBe(file['96']);
  });

  it('does not hold for 16-bit grey, which Pillow clips to white: the upper 8 bits are taken', async () => {
    const size = 16;
    const grey = Uint16Array.from({ length: size * size }, (_, i) => i * 256 + 255 - i);
    const raw = { width: size, height: size, channels: 1, depth: 'ushort' } as const;
    const png = await sharp(grey, { raw }).toColourspace('grey16').png().toBuffer();
    expect([png[24], png[25]]).toEqual([16, 0]);
    const expected = Uint8Array.from({ length: size * size * 3 }, (_, i) => Math.floor(i / 3));
    expect(await prepareImage(png, size)).toEqual(expected);
  });

  it('ignores a colour profile', async () => {
    const raw = { width: 8, height: 8, channels: 3 } as const;
    const pixels = Uint8Array.from({ length: 192 }, (_, i) => i);
    const png = await sharp(pixels, { raw }).withIccProfile('p3', { attach: true }).png().toBuffer();
    const unconverted = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(png).metadata()).hasProfile).toBe(true);
    expect(await prepareImage(png, 8)).toEqual(Uint8Array.from(unconverted));
  });
});

const refusals: [string, string, RegExp, Uint8Array][] = [
  ['nothing', 'empty_image', /empty/, new Uint8Array()],
  ['more than 2 MiB', 'too_large', /2 MiB/, new Uint8Array(maxImageBytes + 1)],
  ['a text', 'unsupported_image', /JPEG, PNG, GIF or WebP/, Buffer.from('hello')],
  ['a BMP', 'unsupported_image', /a BMP image/, Buffer.from('BM......')],
  ['a TIFF', 'unsupported_image', /a TIFF image/, Buffer.from('II*\0....')],
  ['a HEIC', 'unsupported_image', /a HEIC image/, Buffer.from('\0\0\0\x18ftypheic')],
  ['an AVIF', 'unsupported_image', /an AVIF image/, Buffer.from('\0\0\0\x18ftypavif')],
  ['an SVG', 'unsupported_image', /an SVG drawing/, Buffer.from('<?xml version="1.0"?>\n<svg width="1"/>')],
  ['a PDF', 'unsupported_image', /a PDF document/, Buffer.from('%PDF-1.7')],
  ['a web page', 'unsupported_image', /a web page/, Buffer.from('\n<!DOCTYPE html>')],
  ['base64', 'unsupported_image', /base64 text/, Buffer.from('/9j/4AAQSkZJRg')],
  ['a PNG without pixels', 'bad_dimensions', /no pixels/, pngHeader(0, 5)],
  ['a GIF without pixels', 'bad_dimensions', /no pixels/, gif({ width: 0, height: 0 })],
  ['a JPEG without lines', 'bad_dimensions', /no pixels/, jpegHeader(5, 0)],
  ['a PNG of 20000 x 20000', 'bad_dimensions', /20000 x 20000 .*40 million/, pngHeader(20_000, 20_000)],
  ['a JPEG of 65535 x 65535', 'bad_dimensions', /65535 x 65535/, jpegHeader(65_535, 65_535)],
  ['a PNG of a million rows', 'bad_dimensions', /a side can have at most 32767/, pngHeader(40, 1_000_000)],
  ['a PNG at the limit of a side that ends there', 'broken_image', /cut off or corrupt/, pngHeader(1200, 32_767)],
  ['a PNG over the limit of a side', 'bad_dimensions', /a side can have at most 32767/, pngHeader(8, 32_768)],
  ['a PNG of one column over the limit', 'bad_dimensions', /8001 x 5000/, pngHeader(8001, 5000)],
  ['a PNG at the limit that ends there', 'broken_image', /cut off or corrupt/, pngHeader(8000, 5000)],
  ['the first three bytes of a JPEG', 'broken_image', /cut off or corrupt/, Buffer.from([0xff, 0xd8, 0xff])],
];

describe('refusals', () => {
  it.each(refusals)('%s: %s', async (_, code, reason, bytes) => {
    const refusal = await prepareImage(bytes, 8).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CallerError);
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(reason) });
  });

  it('a GIF whose frame is larger than its header says cannot make us decode billions of pixels', async () => {
    const bomb = gif({ width: 1, height: 1, frame: { width: 65_535, height: 65_535 } });
    await expect(prepareImage(bomb, 8)).rejects.toMatchObject({ code: 'bad_dimensions' });
  });
});

describe('damaged files', () => {
  const damaged = ['colour-420.jpg', 'progressive.jpg', 'palette.png', 'palette.gif', 'colour.webp', 'cmyk.jpg'];

  it.each(damaged)('%s, cut off in the middle of its pixels, is broken', async (name) => {
    const file = imageFile(name);
    const cut = file.subarray(0, Math.floor(file.length * 0.9));
    await expect(prepareImage(cut, 8)).rejects.toMatchObject({ code: 'broken_image' });
  });

  it('are refused or prepared, and nothing else happens', async () => {
    const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...damaged), damage, fc.double({ min: 0, max: 1 }), async (name, flips, cut) => {
        const bytes = imageFile(name).slice(0, cut > 0.5 ? undefined : Math.floor(imageFile(name).length * 2 * cut));
        for (const [at, value] of flips) bytes[Math.floor(at * (bytes.length - 1))] = value;
        const result = await prepareImage(bytes, 8).catch((error: unknown) => error);
        if (!(result instanceof CallerError)) expect(result).toHaveLength(8 * 8 * 3);
      }),
      { numRuns: 500 },
    );
  });
});
