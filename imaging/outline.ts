import { outlineGif } from './formats/gif.ts';
import { outlineJpeg } from './formats/jpeg.ts';
import { outlinePng } from './formats/png.ts';
import { outlineWebp } from './formats/webp.ts';
import type { Orientation } from './orientation.ts';
import type { ImageFormat } from './sniff.ts';

/** What a file's structure says, read without decoding anything. */
export interface Outline {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /**
   * The file without what its first frame is not decoded from: metadata, profiles, texts, further frames. Decoders get
   * this and not the file, so that nothing reaches them that was not counted here.
   */
  readonly frame: Uint8Array;
  /** Why each pixel takes up to twice as long as usual, such as `it is interlaced`. */
  readonly costly?: string | undefined;
  /** Of a JPEG: passes over the pixels. */
  readonly scans?: Scans;
}

export interface Scans {
  readonly count: number;
  /** Blocks of 8 x 8 that a decoder visits, all scans taken together; at most so many. */
  readonly blocks: number;
}

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
