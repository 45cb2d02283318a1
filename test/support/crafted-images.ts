/** Files made bit by bit, as no encoder makes them. */

export const empty = Buffer.alloc(0);

export interface Scan {
  /** Ids; a frame's components have the ids 1, 2, 3 … */
  readonly components: readonly number[];
  /** First and last coefficient, 0 to 63. */
  readonly band: readonly [number, number];
  /** The bit of precision before the scan and after it; 0, 0 is all at once. */
  readonly bits: readonly [number, number];
  /** Codes: a bit 0 is an end of blocks (see `endOfBlocks`) or, for means, a difference of 0. */
  readonly data: Uint8Array;
}

/** A JPEG of some kind (`sof`), all of whose components have full size. */
export function jpeg(
  sof: number,
  width: number,
  height: number,
  components: readonly number[],
  scans: readonly Scan[],
): Buffer {
  const quantization = segment(0xdb, Buffer.from([0, ...new Array(64).fill(1)]));
  const isProgressive = sof === 0xc2 || sof === 0xca;
  const tables = [quantization, huffman(0x00, 0), huffman(0x10, isProgressive ? 0xe0 : 0)];
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const frame = [8, ...size, components.length, ...components.flatMap((id) => [id, 0x11, 0])];
  const body = scans.flatMap(({ components, band, bits, data }) => {
    const selected = components.flatMap((id) => [id, 0]);
    const header = [components.length, ...selected, ...band, (bits[0] << 4) | bits[1]];
    return [segment(0xda, Buffer.from(header)), data];
  });
  const [start, end] = [Buffer.from([0xff, 0xd8]), Buffer.from([0xff, 0xd9])];
  return Buffer.concat([start, ...tables, segment(sof, Buffer.from(frame)), ...body, end]);
}

export function segment(marker: number, data: Uint8Array): Buffer {
  const length = data.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 255]), data]);
}

/** A table of one code, a bit 0, for one symbol. */
function huffman(classAndId: number, symbol: number): Buffer {
  return segment(0xc4, Buffer.from([classAndId, 1, ...new Array(15).fill(0), symbol]));
}

/** Ends this many blocks of a progressive scan, or some more, with 15 bits for 16384 of them. */
export function endOfBlocks(blocks: number): Buffer {
  return Buffer.alloc(Math.ceil((15 * Math.ceil(blocks / 16_384)) / 8));
}

/** A lossless WebP of one colour, by the slowest of its predictors and transforms: 48 bytes, whatever its size. */
export function losslessWebp(width: number, height: number, hasAlpha = false): Buffer {
  return riff([webpChunk('VP8L', losslessPixels(width, height, hasAlpha))]);
}

/** Frames of one colour, lossless. */
export function animation(width: number, height: number, frames: number): Buffer {
  const canvas = Buffer.alloc(10);
  canvas[0] = 0x02;
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  const header = Buffer.alloc(16);
  header.writeUIntLE(width - 1, 6, 3);
  header.writeUIntLE(height - 1, 9, 3);
  const frame = webpChunk('ANMF', Buffer.concat([header, webpChunk('VP8L', losslessPixels(width, height, false))]));
  const all = Buffer.alloc(frame.length * frames, frame);
  return riff([webpChunk('VP8X', canvas), webpChunk('ANIM', Buffer.alloc(6)), all]);
}

function losslessPixels(width: number, height: number, hasAlpha: boolean): Buffer {
  const bits = new Bits();
  bits.put(0x2f, 8);
  bits.put(width - 1, 14);
  bits.put(height - 1, 14);
  bits.put(hasAlpha ? 1 : 0, 1);
  bits.put(0, 3);
  // Predictor 13 everywhere.
  bits.put(0b001, 3);
  bits.put(7, 3);
  bits.put(0, 1);
  oneCodeEach(bits, [13, 0, 0, 0, 0]);
  // Colours predict each other.
  bits.put(0b011, 3);
  bits.put(7, 3);
  bits.put(0, 1);
  oneCodeEach(bits, [33, 17, 65, 0, 0]);
  // Green is subtracted; no more transforms.
  bits.put(0b101, 3);
  bits.put(0, 1);
  // A colour cache of 2048; one set of codes.
  bits.put(1, 1);
  bits.put(11, 4);
  bits.put(0, 1);
  oneCodeEach(bits, [3, 7, 9, 5, 0]);
  return bits.bytes();
}

/** A symbol each for green, red, blue, alpha and distances, whose code has no bits. */
function oneCodeEach(bits: Bits, symbols: readonly number[]): void {
  for (const symbol of symbols) {
    const isShort = symbol < 2;
    bits.put(0b01, 2);
    bits.put(isShort ? 0 : 1, 1);
    bits.put(symbol, isShort ? 1 : 8);
  }
}

/** The least significant bit first, as in WebP. */
class Bits {
  readonly #bits: number[] = [];

  put(value: number, count: number): void {
    for (let i = 0; i < count; i++) this.#bits.push((value >>> i) & 1);
  }

  bytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.#bits.length / 8) + 4);
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3] = (bytes[i >> 3] as number) | (bit << (i & 7));
    return bytes;
  }
}

function riff(chunks: readonly Buffer[]): Buffer {
  return webpChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

function webpChunk(type: string, data: Uint8Array): Buffer {
  const header = Buffer.from(`${type}size`, 'latin1');
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data, Buffer.alloc(data.length % 2)]);
}
