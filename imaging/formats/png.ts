import { type Orientation, readOrientation } from '../orientation.ts';
import type { Outline } from '../outline.ts';

/** Undefined unless the first chunk is IHDR. */
export function outlinePng(bytes: Buffer): Outline | undefined {
  if (bytes.readUInt32BE(12) !== 0x49484452) return undefined;
  const [depth, colourType, interlace] = [bytes.readUInt8(24), bytes.readUInt8(25), bytes.readUInt8(28)];
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    ...framed(bytes),
    costly: costly(depth, colourType, interlace),
  };
}

function costly(depth: number, colourType: number, interlace: number): string | undefined {
  if (interlace !== 0) return 'it is interlaced';
  if (depth === 16) return 'it has 16 bits per channel';
  return colourType === 4 || colourType === 6 ? 'it has transparency' : undefined;
}

/**
 * The header, the first palette, the first transparent colour, and the chunks of pixels, which must follow each other:
 * libpng stops at the first that is of another kind. The last EXIF counts, also after the pixels, as in Pillow.
 */
function framed(bytes: Buffer): Pick<Outline, 'frame' | 'orientation'> {
  const parts = [bytes.subarray(0, 8)];
  const seen = new Set<string>();
  let orientation: Orientation = 1;
  for (const { type, chunk, data } of chunks(bytes)) {
    const isFirst = !seen.has(type);
    if (type === 'IDAT' ? !seen.has('end') : isFirst && !seen.has('IDAT') && ['IHDR', 'PLTE', 'tRNS'].includes(type)) {
      parts.push(chunk);
    } else if (seen.has('IDAT')) {
      seen.add('end');
    }
    if (type === 'eXIf') orientation = readOrientation(data);
    if (type === 'IEND') break;
    seen.add(type);
  }
  if (seen.has('end')) parts.push(end);
  return { frame: Buffer.concat(parts), orientation };
}

const end = Buffer.from('\0\0\0\0IEND\xae\x42\x60\x82', 'latin1');

interface Chunk {
  readonly type: string;
  /** With its length, type and checksum. */
  readonly chunk: Buffer;
  readonly data: Buffer;
}

/** The last may be cut off. */
function* chunks(bytes: Buffer): Generator<Chunk> {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const dataEnd = at + 8 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, chunk: bytes.subarray(at, dataEnd + 4), data: bytes.subarray(at + 8, dataEnd) };
    at = dataEnd + 4;
  }
}
