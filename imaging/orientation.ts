/** How an image is stored, in EXIF's numbers: 1 is upright, 6 needs a quarter turn clockwise. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Where the upright image's axes lie in the stored one. */
export interface Axes {
  /** The upright image's rows are the stored one's columns. */
  readonly swapped: boolean;
  /** The upright image's first column comes last. */
  readonly mirroredX: boolean;
  /** The upright image's first row comes last. */
  readonly mirroredY: boolean;
}

export const axes: Readonly<Record<Orientation, Axes>> = {
  1: { swapped: false, mirroredX: false, mirroredY: false },
  2: { swapped: false, mirroredX: true, mirroredY: false },
  3: { swapped: false, mirroredX: true, mirroredY: true },
  4: { swapped: false, mirroredX: false, mirroredY: true },
  5: { swapped: true, mirroredX: false, mirroredY: false },
  6: { swapped: true, mirroredX: true, mirroredY: false },
  7: { swapped: true, mirroredX: true, mirroredY: true },
  8: { swapped: true, mirroredX: false, mirroredY: true },
};

/** Bytes per value, by TIFF's types; the types of whole numbers also have a way to be read. */
const types: Readonly<
  Record<number, { bytes: number; read?: (view: DataView, at: number, little: boolean) => number }>
> = {
  1: { bytes: 1 },
  2: { bytes: 1 },
  3: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  5: { bytes: 8 },
  6: { bytes: 1 },
  7: { bytes: 1 },
  8: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  9: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  10: { bytes: 8 },
  11: { bytes: 4 },
  12: { bytes: 8 },
  13: { bytes: 4 },
  16: { bytes: 8 },
};

const orientationTag = 0x0112;
const prefix = 'Exif\0\0';

/**
 * Reads the orientation from EXIF as Pillow does: of the tags in the first directory, up to the first whose value lies
 * beyond the end, the last that is an orientation counts.
 * @param exif TIFF's structure, with or without `Exif\0\0` before it
 * @returns 1 where there is none, or none of EXIF's
 */
export function readOrientation(exif: Buffer): Orientation {
  const tiff = exif.toString('latin1', 0, prefix.length) === prefix ? exif.subarray(prefix.length) : exif;
  const magic = tiff.toString('latin1', 0, 4);
  if (magic !== 'II*\0' && magic !== 'MM\0*') return 1;
  const value = lastValue(new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength), magic === 'II*\0');
  return value in axes ? (value as Orientation) : 1;
}

function lastValue(view: DataView, little: boolean): number {
  const entryBytes = 12;
  let value = 1;
  try {
    const directory = view.getUint32(4, little);
    const end = directory + 2 + view.getUint16(directory, little) * entryBytes;
    for (let at = directory + 2; at < end; at += entryBytes) {
      const tag = view.getUint16(at, little);
      const type = types[view.getUint16(at + 2, little)];
      const length = view.getUint32(at + 4, little) * (type?.bytes ?? 0);
      const inline = view.getUint32(at + 8, little);
      if (length > 4 && inline + length > view.byteLength) break;
      if (tag === orientationTag && length > 0) value = type?.read?.(view, length > 4 ? inline : at + 8, little) ?? 1;
    }
  } catch (error) {
    // The directory ends beyond the end; what was read of it counts.
    if (!(error instanceof RangeError)) throw error;
  }
  return value;
}
