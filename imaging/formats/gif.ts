import type { Outline } from '../outline.ts';

/** The first frame may be cut off: GIFs are shown as far as they go. */
export function outlineGif(bytes: Buffer): Outline {
  return {
    width: bytes.readUInt16LE(6),
    height: bytes.readUInt16LE(8),
    orientation: 1,
    frame: Buffer.concat(firstFrame(bytes)),
  };
}

const trailer = Buffer.from(';');

/** The header, what controls how the first image is drawn, and that image. */
function firstFrame(bytes: Buffer): Buffer[] {
  const extension = 0x21;
  const graphicControl = 0xf9;
  const image = 0x2c;
  let at = 13 + tableBytes(bytes[10] ?? 0);
  const parts = [bytes.subarray(0, at)];
  while (bytes[at] === extension) {
    const end = blocksEnd(bytes, at + 2);
    if (bytes[at + 1] === graphicControl) parts.push(bytes.subarray(at, end));
    at = end;
  }
  if (bytes[at] !== image) return [...parts, bytes.subarray(at)];
  const end = blocksEnd(bytes, at + 10 + tableBytes(bytes[at + 9] ?? 0) + 1);
  return [...parts, bytes.subarray(at, end), ...(end < bytes.length ? [trailer] : [])];
}

/** Of the colour table that these flags announce. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Blocks begin with their length; one of no length is the last. */
function blocksEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
  return Math.min(at + 1, bytes.length);
}
