import type { Outline } from '../outline.ts';
import type { ImageFormat } from '../sniff.ts';
import { outlineGif } from './gif.ts';
import { outlineJpeg } from './jpeg.ts';
import { outlinePng } from './png.ts';
import { outlineWebp } from './webp.ts';

/** Undefined when the file is cut off in its header, or damaged there. */
export function outline(format: ImageFormat, bytes: Uint8Array): Outline | undefined {
  try {
    return readers[format](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reading beyond the end throws a RangeError. */
const readers: Record<ImageFormat, (bytes: Buffer) => Outline | undefined> = {
  gif: outlineGif,
  jpeg: outlineJpeg,
  png: outlinePng,
  webp: outlineWebp,
};
