import { type Orientation, readOrientation } from '../orientation.ts';
import type { Outline } from '../outline.ts';

type Size = Pick<Outline, 'width' | 'height'>;

const flag = { animation: 0x02, exif: 0x08, alpha: 0x10 } as const;

/** Undefined unless the first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
export function outlineWebp(bytes: Buffer): Outline | undefined {
  const size = readSize(bytes);
  return size && { ...size, ...framed(bytes) };
}

function readSize(bytes: Buffer): Size | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** The first chunk of each kind that tells what the first frame looks like. */
function framed(bytes: Buffer): Pick<Outline, 'frame' | 'orientation' | 'costly'> {
  const kept: Chunk[] = [];
  const seen = new Set<string>();
  let flags = 0;
  let orientation: Orientation = 1;
  for (const next of chunks(bytes)) {
    const { type, data } = next;
    if (seen.has(type)) continue;
    seen.add(type);
    if (type === 'VP8X') flags = data[0] ?? 0;
    if (type === 'EXIF' && flags & flag.exif) orientation = readOrientation(data);
    const wanted = flags & flag.animation ? ['VP8X', 'ANIM', 'ANMF'] : ['VP8X', 'ALPH', 'VP8 ', 'VP8L'];
    if (wanted.includes(type)) kept.push(next);
  }
  return { frame: riff(kept), orientation, costly: costly(kept, flags) };
}

function costly(kept: readonly Chunk[], flags: number): string | undefined {
  if (flags & flag.alpha || kept.some(({ type }) => type === 'ALPH')) return 'it has transparency';
  const frameHeader = 16;
  const coding = kept.map(({ type, data }) =>
    type === 'ANMF' ? data.toString('latin1', frameHeader, frameHeader + 4) : type,
  );
  return coding.some((type) => !['VP8X', 'ANIM', 'VP8 '].includes(type)) ? 'it is a lossless WebP' : undefined;
}

interface Chunk {
  readonly type: string;
  /** Of its data, as it says itself. */
  readonly length: number;
  readonly data: Buffer;
}

/** The last may be cut off. Data of an odd length has a byte of padding after it. */
function* chunks(bytes: Buffer): Generator<Chunk> {
  const end = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  for (let at = 12; at + 8 <= end; ) {
    const length = bytes.readUInt32LE(at + 4);
    const dataEnd = at + 8 + length;
    yield { type: bytes.toString('latin1', at, at + 4), length, data: bytes.subarray(at + 8, Math.min(dataEnd, end)) };
    at = dataEnd + (length % 2);
  }
}

/** A file of these chunks, with the lengths that they should have. */
function riff(kept: readonly Chunk[]): Buffer {
  const parts = kept.flatMap(({ type, length, data }) => {
    const header = Buffer.from(`${type}size`, 'latin1');
    header.writeUInt32LE(length, 4);
    return [header, data, Buffer.alloc(data.length === length ? length % 2 : 0)];
  });
  const size = kept.reduce((sum, { length }) => sum + 8 + length + (length % 2), 4);
  const header = Buffer.from('RIFFsizeWEBP', 'latin1');
  header.writeUInt32LE(Math.min(size, 2 ** 32 - 1), 4);
  return Buffer.concat([header, ...parts]);
}
