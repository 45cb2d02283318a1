import type { ImageFormat } from './sniff.ts';

export interface Dimensions {
  readonly width: number;
  readonly height: number;
}

/**
 * Width and height in pixels as the file's header states them, without decoding anything.
 * Undefined when the header is cut off or says nothing of the kind.
 */
export function readDimensions(format: ImageFormat, bytes: Uint8Array): Dimensions | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readers[format](view);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reading beyond the end throws a RangeError. */
const readers: Record<ImageFormat, (view: DataView) => Dimensions | undefined> = {
  png: readPng,
  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  jpeg: readJpeg,
  webp: readWebp,
};

/** The first chunk is IHDR. */
function readPng(view: DataView): Dimensions | undefined {
  const isHeader = view.getUint32(12) === 0x49484452;
  return isHeader ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined;
}

/** Walks the segments to the frame header (SOF0 to SOF15; C4, C8 and CC are other things). */
function readJpeg(view: DataView): Dimensions | undefined {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFiller = marker === 0xff;
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (isFiller) at += 1;
    else if (isBare) at += 2;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

/** The first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended); each has its own header. */
function readWebp(view: DataView): Dimensions | undefined {
  switch (view.getUint32(12)) {
    case 0x56503820:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      const packed = view.getUint32(21, true);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858:
      return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
    default:
      return undefined;
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
