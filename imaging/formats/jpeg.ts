import { CallerError } from '../../core/errors.ts';
import { type Orientation, readOrientation } from '../orientation.ts';
import type { Outline } from '../outline.ts';

/** Frame headers: baseline, extended and progressive, all with Huffman codes. */
const frameHeaders = [0xc0, 0xc1, 0xc2];
/** Lossless, hierarchical and arithmetic-coded frames: rare, not read by browsers, and a few bytes can mean much work. */
const otherFrames = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
const startOfScan = 0xda;
const endOfImage = 0xd9;
const exifSegment = 0xe1;
/**
 * Huffman and quantization tables, restart interval, what tells how colours are coded (JFIF, Adobe), and the above: what
 * pixels are decoded from. A scan is followed by its codes.
 */
const decoded = new Set([0xc4, 0xdb, 0xdd, 0xe0, 0xee, ...frameHeaders, startOfScan, endOfImage]);

/**
 * Undefined without a frame header.
 * @throws CallerError `unsupported_image` when it is of a kind that is not decoded
 */
export function outlineJpeg(bytes: Buffer): Outline | undefined {
  const parts = [bytes.subarray(0, 2)];
  let header: Buffer | undefined;
  let orientation: Orientation | undefined;
  const scans: Buffer[] = [];
  for (const { marker, segment, following } of segments(bytes)) {
    if (otherFrames.includes(marker)) throw unsupported();
    if (frameHeaders.includes(marker)) header ??= segment;
    if (marker === exifSegment && isExif(segment)) orientation ??= readOrientation(segment.subarray(4));
    if (marker === startOfScan) scans.push(segment);
    if (decoded.has(marker)) parts.push(segment);
    if (marker === startOfScan) parts.push(following);
  }
  if (!header) return undefined;
  const [height, width] = [header.readUInt16BE(5), header.readUInt16BE(7)];
  const components = scans.reduce((sum, scan) => sum + (scan[4] ?? 0), 0);
  return {
    width,
    height,
    orientation: orientation ?? 1,
    frame: Buffer.concat(parts),
    costly: header[9] === 4 ? 'it is CMYK' : undefined,
    scans: { count: scans.length, blocks: components * blocksPerComponent(width, height) },
  };
}

function unsupported(): CallerError {
  const rule = 'JPEGs are taken as baseline or progressive with Huffman codes, as nearly all are.';
  return new CallerError('unsupported_image', `This is an arithmetic-coded or lossless JPEG. ${rule}`);
}

interface Segment {
  readonly marker: number;
  /** From its marker to its end, or the file's. */
  readonly segment: Buffer;
  /** What stands between it and the next marker: of a scan, its codes with their restart markers. */
  readonly following: Buffer;
}

/** Finds the markers that libjpeg finds; what has no length (RST and TEM outside a scan, reserved ones) is skipped. */
function* segments(bytes: Buffer): Generator<Segment> {
  for (let at = nextMarker(bytes, 2); at < bytes.length; ) {
    const marker = bytes[at + 1] as number;
    const end = at + 2 + (marker === endOfImage || marker < 0xc0 ? 0 : lengthAt(bytes, at + 2));
    const next = nextMarker(bytes, end);
    yield { marker, segment: bytes.subarray(at, end), following: bytes.subarray(end, next) };
    if (marker === endOfImage) return;
    at = next;
  }
}

/** The length field counts itself. */
function lengthAt(bytes: Buffer, at: number): number {
  return at + 2 > bytes.length ? 0 : Math.max(2, bytes.readUInt16BE(at));
}

/** The place of the next marker that is not a restart marker; the file's end without one. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) break;
    const isRestart = code >= 0xd0 && code <= 0xd7;
    if (code !== 0 && code !== 0xff && !isRestart) return at;
  }
  return bytes.length;
}

function isExif(segment: Buffer): boolean {
  return segment.toString('latin1', 4, 9) === 'Exif\0';
}

/** At most so many, padded as with the largest sampling factor (4). */
function blocksPerComponent(width: number, height: number): number {
  return 16 * Math.ceil(width / 32) * Math.ceil(height / 32);
}
