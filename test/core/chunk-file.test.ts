import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeChunk, encodeChunk } from '../../core/chunk-file.ts';

const side = fc.integer({ min: 1, max: 8 });
const chunk = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 30 }), side, side, fc.integer({ min: 1, max: 4 }))
  .chain(([model, height, width, count]) => {
    const length = height * width * 3;
    const image = fc.uint8Array({ minLength: length, maxLength: length });
    return fc
      .array(image, { minLength: count, maxLength: count })
      .map((images) => ({ model, height, width, images, bytes: encodeChunk(model, height, width, images) }));
  });

describe('a chunk file', () => {
  test('gives back what went in', () => {
    fc.assert(
      fc.property(chunk, ({ model, height, width, images, bytes }) => {
        const tensors = Uint8Array.from(images.flatMap((image) => [...image]));
        expect(decodeChunk(bytes)).toEqual({ model, height, width, count: images.length, tensors });
      }),
    );
  });

  test('can lie anywhere in a larger buffer', () => {
    const bytes = encodeChunk('starter', 1, 1, [Uint8Array.of(1, 2, 3)]);
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 5);
    expect(decodeChunk(larger.subarray(5, 5 + bytes.length)).tensors).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('is refused with a RangeError, whatever bytes it is broken by', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    const broken = fc
      .tuple(chunk, fc.array(change, { maxLength: 6 }), fc.nat(), fc.uint8Array({ maxLength: 12 }))
      .map(([{ bytes }, changes, cut, tail]) => {
        const result = Uint8Array.from([...bytes.subarray(0, bytes.length - (cut % 3)), ...tail]);
        for (const { at, byte } of changes) result[at % result.length] = byte;
        return result;
      });
    fc.assert(
      fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 64 })), (bytes) => decodesOrRefuses(bytes)),
      { numRuns: 10_000 },
    );
  });

  test.each([
    ['null', /must name a model/],
    ['[]', /must name a model/],
    ['7', /must name a model/],
    ['{"model":"starter"', /is not JSON/],
    ['{"model":7,"height":1,"width":1,"count":1}', /must name a model/],
    ['{"model":"starter","height":1.5,"width":1,"count":1}', /positive height, width and count/],
    ['{"model":"starter","height":0,"width":1,"count":1}', /positive height, width and count/],
    ['{"model":"starter","height":1,"width":1,"count":-1}', /positive height, width and count/],
    ['{"model":"starter","height":65536,"width":1,"count":1}', /positive height, width and count/],
    ['{"model":"starter","height":65535,"width":65535,"count":65535}', /its header says 844/],
  ])('is refused with the header %s', (header, message) => {
    expect(() => decodeChunk(withHeader(header))).toThrow(message);
  });

  test.each([
    ['is empty', ''],
    ['ends before the length of its header', 'MLGC\0\0\0'],
    ['begins otherwise', 'mlgc\0\0\0\0'],
  ])('is none when it %s', (_, text) => {
    expect(() => decodeChunk(Buffer.from(text, 'latin1'))).toThrow(
      new RangeError('This is not a chunk file: it does not begin with "MLGC".'),
    );
  });

  test('is refused when it ends with the length of its header', () => {
    expect(() => decodeChunk(Buffer.from('MLGC\0\0\0\0', 'latin1'))).toThrow(
      expect.objectContaining({ message: "The chunk file's header is not JSON.", cause: expect.any(SyntaxError) }),
    );
  });

  test('is refused when no image follows its header', () => {
    const bytes = encodeChunk('starter', 1, 1, [Uint8Array.of(1, 2, 3)]);
    expect(() => decodeChunk(bytes.subarray(0, -3))).toThrow(
      'The chunk file holds 0 bytes of images; its header says 3.',
    );
  });

  test('has a header of at most 1024 bytes', () => {
    const shortest = JSON.stringify({ model: '', height: 1, width: 1, count: 1 }).length;
    const named = (length: number) => encodeChunk('m'.repeat(length), 1, 1, [Uint8Array.of(1, 2, 3)]);
    expect(decodeChunk(named(1024 - shortest)).model).toHaveLength(1024 - shortest);
    expect(() => decodeChunk(named(1025 - shortest))).toThrow('claims 1025 bytes');
  });

  test('is refused when its header claims more than there is, or more than a header needs', () => {
    const bytes = encodeChunk('starter', 1, 1, [Uint8Array.of(1, 2, 3)]);
    for (const claim of [bytes.length, 1025, 0xffffffff]) {
      const copy = Uint8Array.from(bytes);
      new DataView(copy.buffer).setUint32(4, claim, true);
      expect(() => decodeChunk(copy)).toThrow(`claims ${claim} bytes`);
    }
  });

  test('is not made of images of another size', () => {
    expect(() => encodeChunk('starter', 2, 2, [new Uint8Array(12), new Uint8Array(11)])).toThrow(
      'Image 1 has 11 bytes; starter takes 12.',
    );
  });
});

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    const { height, width, count, tensors } = decodeChunk(bytes);
    expect(tensors.length).toBe(height * width * count * 3);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
}

function withHeader(json: string): Uint8Array {
  const header = new TextEncoder().encode(json);
  const bytes = Uint8Array.from([...new TextEncoder().encode('MLGC'), 0, 0, 0, 0, ...header, 1, 2, 3]);
  new DataView(bytes.buffer).setUint32(4, header.length, true);
  return bytes;
}
