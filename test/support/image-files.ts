import { readFileSync } from 'node:fs';

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
