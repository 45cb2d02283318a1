import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** One of the images in test/data/images. */
export function imageFile(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`../data/images/${name}`, import.meta.url)));
}

/** A PNG that ends after its header. */
export function pngHeader(width: number, height: number): Uint8Array {
  const bytes = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDRwwwwhhhh\x08\x02\0\0\0crc!', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

/** A JPEG that ends after its frame header, which an application segment and a filler byte precede. */
export function jpegHeader(width: number, height: number): Uint8Array {
  const bytes = Buffer.from('\xff\xd8\xff\xe0\0\x04JF\xff\xff\xc0\0\x11\x08hhww\x03', 'latin1');
  bytes.writeUInt16BE(height, 14);
  bytes.writeUInt16BE(width, 16);
  return bytes;
}

interface Extent {
  readonly width: number;
  readonly height: number;
}

/** A GIF of two colours with one frame that ends before it has described a pixel. */
export function gif({ width, height, frame = { width, height } }: Extent & { readonly frame?: Extent }): Uint8Array {
  const screen = Buffer.from('GIF89awwhh\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  const image = Buffer.from('\x2c\0\0\0\0wwhh\0\x02\x02\x4c\x01\0\x3b', 'latin1');
  image.writeUInt16LE(frame.width, 5);
  image.writeUInt16LE(frame.height, 7);
  return Buffer.concat([screen, image]);
}

/** A PNG of these rows, as they are compressed; without any, it has no pixel data at all. */
export function pngFile(
  width: number,
  height: number,
  colourType: number,
  idat?: Uint8Array,
  depth = 8,
  interlace = 0,
  before: readonly Buffer[] = [],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlace], 8);
  const pixels = idat ? [chunk('IDAT', idat)] : [];
  const parts = [chunk('IHDR', header), ...before, ...pixels, chunk('IEND', new Uint8Array())];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

/** Of a PNG, with its length and checksum. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}
