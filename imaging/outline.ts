import type { Orientation } from './orientation.ts';

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
