import type { Outline } from '../outline.ts';

/** The first frame may be cut off: GIFs are shown as far as they go. */
export function outlineGif(bytes: Buffer): Outline {
  return {
    width: bytes.readUInt16LE(6),
    height: bytes.readUInt16LE(8),
    orientation: 1,
    frame: Buffer.concat([bytes.subarray(0, frameEnd(bytes)), trailer]),
  };
}

const trailer = Buffer.from(';');

/** Where the first image ends; the file's end when there is none. */
function frameEnd(bytes: Buffer): number {
  const extension = 0x21;
  const image = 0x2c;
  let at = 13 + tableBytes(bytes[10] ?? 0);
  while (bytes[at] === extension) at = blocksEnd(bytes, at + 2);
  if (bytes[at] !== image) return bytes.length;
  const tableAt = at + 10;
  return blocksEnd(bytes, tableAt + tableBytes(bytes[at + 9] ?? 0) + 1);
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
