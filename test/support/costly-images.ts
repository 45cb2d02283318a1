import { deflateSync } from 'node:zlib';
import type { CallerErrorCode } from '../../core/errors.ts';
import { animation, empty, endOfBlocks, jpeg, losslessWebp, type Scan, segment } from './crafted-images.ts';
import { chunk, gif, imageFile, pngFile } from './image-files.ts';

/** A small file that was made to keep a decoder busy. */
export interface CostlyImage {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How it must be refused before anything is decoded; `taken` when little of it must be decoded. */
  readonly outcome: CallerErrorCode | 'taken';
}

const all = (outcome: CostlyImage['outcome'], files: Readonly<Record<string, Uint8Array>>): CostlyImage[] =>
  Object.entries(files).map(([name, bytes]) => ({ name, bytes, outcome }));

const [wide, high] = [8000, 5000];
const rgb = [1, 2, 3];
const cmyk = [1, 2, 3, 4];
/** Where it does not come to decoding. */
const someRows = deflateSync(new Uint8Array(1e5));
const ends = (width: number, height: number) => endOfBlocks(Math.ceil(width / 8) * Math.ceil(height / 8));

/** What costs little, because it is refused, or because what is costly in it reaches no decoder. */
export function costlyImages(): CostlyImage[] {
  return [
    ...all('too_costly', {
      'a JPEG of 2000 scans, 30 kB': progressive(1000, 1000, rgb, 1000),
      'a JPEG of 101 scans of one pixel': progressive(1, 1, rgb, 50),
      'a JPEG of 41 scans of 40 million pixels': progressive(wide, high, rgb, 20),
      'a JPEG of 60 scans that hold nothing': jpeg(
        0xc0,
        wide,
        high,
        rgb,
        Array.from({ length: 60 }, () => baseline([1])),
      ),
      'a CMYK JPEG of 40 million pixels': jpeg(0xc0, wide, high, cmyk, [baseline(cmyk)]),
      'a lossless WebP of 48 bytes and 40 million pixels': losslessWebp(wide, high),
      'a PNG of 40 million pixels with transparency': pngFile(wide, high, 6, someRows),
      'a PNG of 40 million pixels of 16 bits': pngFile(wide, high, 2, someRows, 16),
      'an interlaced PNG of 40 million pixels': pngFile(wide, high, 0, someRows, 8, 1),
      'an animated WebP of 40 million lossless pixels': animation(wide, high, 1),
    }),
    ...all('unsupported_image', {
      'an arithmetic-coded JPEG': jpeg(0xc9, wide, high, rgb, [baseline(rgb, Buffer.alloc(1e6, 0x55))]),
      'an arithmetic-coded progressive JPEG': jpeg(0xca, wide, high, rgb, [baseline(rgb)]),
      'a lossless JPEG': jpeg(0xc3, wide, high, rgb, [{ components: rgb, band: [1, 0], bits: [0, 0], data: empty }]),
    }),
    ...all('taken', {
      'a JPEG with half a million comments': withSegments(Buffer.alloc(4 * 450_000, '\xff\xfe\0\x02', 'latin1')),
      'a JPEG with 31 segments of EXIF': withSegments(Buffer.concat(Array.from({ length: 31 }, exifSegment))),
      'an animated WebP of 34000 frames': animation(1, 1, 34_000),
      'a GIF of 120000 frames': manyFrames(120_000),
      'a GIF with 600000 extensions': extended(600_000),
      'a PNG with 250 texts that unfold to 7.9 MB each': withChunks('zTXt', bomb('Comment\0\0'), 250),
      'a PNG with 250 international texts that unfold': withChunks('iTXt', bomb('XML:com.adobe.xmp\0\x01\0\0\0'), 250),
      'a PNG with 130000 transparent colours': withChunks('tRNS', Buffer.alloc(2), 130_000),
      'a PNG with 130000 empty chunks of pixels': withChunks('IDAT', empty, 130_000),
      'a PNG whose pixels unfold to 100 MB': pngFile(800, 800, 0, deflateSync(Buffer.alloc(1e8))),
    }),
  ];
}

/** What is taken and costs most: at the limits of each format. */
export function heaviestImages(): CostlyImage[] {
  return all('taken', {
    'JPEG, 40 million pixels': jpeg(0xc0, wide, high, rgb, [baseline(rgb)]),
    'JPEG in three scans, 40 million pixels': jpeg(
      0xc0,
      wide,
      high,
      rgb,
      rgb.map((id) => baseline([id])),
    ),
    'JPEG in 17 scans, 40 million pixels': progressive(wide, high, rgb, 8),
    'JPEG in 99 scans, 7 million pixels': progressive(3000, 2400, rgb, 49),
    'CMYK JPEG in 33 scans, 16 million pixels': progressive(4000, 4000, cmyk, 16),
    'PNG, 40 million pixels': plainPng(wide, high, 8, 2),
    'palette PNG, 40 million pixels': pngFile(wide, high, 3, pngRows(wide, high, 8), 8, 0, [
      chunk('PLTE', Buffer.alloc(768, 7)),
    ]),
    'interlaced PNG of 64 bits a pixel, 16 million pixels': plainPng(4000, 4000, 16, 6, 1),
    'PNG of 1220 x 32767 pixels': plainPng(1220, 32_767, 8, 2),
    'PNG of 488 x 32767 pixels with transparency': plainPng(488, 32_767, 8, 6),
    'interlaced PNG of 64 bits a pixel, 488 x 32767': plainPng(488, 32_767, 16, 6, 1),
    'JPEG in 15 scans of 1220 x 32767 pixels': progressive(1220, 32_767, rgb, 7),
    'CMYK JPEG in 33 scans of 480 x 32767 pixels': progressive(480, 32_767, cmyk, 16),
    'GIF, 40 million pixels': gif({ width: wide, height: high }),
    'lossless WebP with transparency, 16 million pixels': losslessWebp(4000, 4000, true),
  });
}

function baseline(components: readonly number[], data = empty): Scan {
  return { components, band: [0, 63], bits: [0, 0], data };
}

/** A scan for the means of blocks, then pairs of scans that repeat each other: all coefficients are 0 in all of them. */
function progressive(width: number, height: number, components: readonly number[], pairs: number): Buffer {
  const means: Scan = {
    components,
    band: [0, 0],
    bits: [0, 0],
    data: Buffer.alloc((width * height * components.length) / 512),
  };
  const data = ends(width, height);
  const pair: Scan[] = [
    { components: [1], band: [1, 63], bits: [0, 1], data },
    { components: [1], band: [1, 63], bits: [1, 0], data },
  ];
  return jpeg(0xc2, width, height, components, [means, ...Array.from({ length: pairs }, () => pair).flat()]);
}

/** Segments after the first two bytes. */
function withSegments(segments: Uint8Array): Buffer {
  const photo = imageFile('colour-444.jpg');
  return Buffer.concat([photo.subarray(0, 2), segments, photo.subarray(2)]);
}

/** As many entries as fit, each with a value of its own. */
function exifSegment(): Buffer {
  const entries = 4000;
  const tiff = Buffer.alloc(10 + entries * 12 + 8);
  tiff.write('II*\0\x08\0\0\0', 'latin1');
  tiff.writeUInt16LE(entries, 8);
  for (let i = 0; i < entries; i++) tiff.set([0x0f, 1, 2, 0, 8, 0, 0, 0, 10, 0, 0, 0], 10 + i * 12);
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), tiff]));
}

/** A PNG of one colour. */
function plainPng(width: number, height: number, depth: number, colourType: number, interlace = 0): Uint8Array {
  const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[colourType] as number;
  return pngFile(width, height, colourType, pngRows(width, height, depth * channels, interlace), depth, interlace);
}

/** Rows filtered by Paeth, which takes longest; of an interlaced image a few more than its passes have. */
function pngRows(width: number, height: number, bitsPerPixel: number, interlace = 0): Buffer {
  const rowBytes = 1 + Math.ceil((width * bitsPerPixel) / 8);
  const rows = Buffer.alloc(rowBytes * Math.ceil(height * (interlace ? 1.3 : 1)), 1);
  for (let at = 0; at < rows.length; at += rowBytes) rows[at] = 4;
  return deflateSync(rows);
}

function bomb(keyword: string): Buffer {
  return Buffer.concat([Buffer.from(keyword, 'latin1'), deflateSync(Buffer.alloc(7.9e6))]);
}

/** A photo with the same chunk, many times, before its pixels. */
function withChunks(type: string, data: Uint8Array, count: number): Buffer {
  const photo = imageFile('colour.png');
  const headerEnd = 8 + 25;
  const chunks = Buffer.alloc(count * (12 + data.length), chunk(type, data));
  return Buffer.concat([photo.subarray(0, headerEnd), chunks, photo.subarray(headerEnd)]);
}

const smallGif = Buffer.from(gif({ width: 1, height: 1 }));
/** Of the header with a palette of two colours. */
const gifHeaderBytes = 19;

function manyFrames(count: number): Buffer {
  const frame = smallGif.subarray(gifHeaderBytes, -1);
  return Buffer.concat([
    smallGif.subarray(0, gifHeaderBytes),
    Buffer.alloc(frame.length * count, frame),
    Buffer.from(';'),
  ]);
}

function extended(count: number): Buffer {
  const comments = Buffer.alloc(3 * count, '\x21\xfe\0', 'latin1');
  return Buffer.concat([smallGif.subarray(0, gifHeaderBytes), comments, smallGif.subarray(gifHeaderBytes)]);
}
