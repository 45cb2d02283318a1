import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Network } from '../../golem-image/zoo/network.ts';
import { preprocessing } from '../../golem-image/zoo/preprocessing.ts';
import { readCheckpoint, type Tensor } from '../../golem-image/zoo/starter/checkpoint.ts';
import { PickleError } from '../../golem-image/zoo/starter/pickle.ts';
import { torchWeights } from '../../golem-image/zoo/starter/weights.ts';

const file = new Uint8Array(await readFile(new URL('../data/starter/tiny-checkpoint.pth', import.meta.url)));

describe('readCheckpoint', () => {
  test('reads what torch.save wrote: any order of axes, shared storages, no counters', () => {
    expect(Object.fromEntries(readCheckpoint(file))).toEqual({
      // Counts up in the order height, width, in, out: the element [o, i, 0, w] is (9w + 3i + o) / 4.
      'conv.weight': tensor([3, 3, 1, 2], [0, 9, 3, 12, 6, 15, 1, 10, 4, 13, 7, 16, 2, 11, 5, 14, 8, 17]),
      'bn.weight': tensor([3], [0, 1, 2]),
      'bn.bias': tensor([3], [1, 2, 3]),
      'bn.running_mean': tensor([3], [40, 41, 42]),
      'bn.running_var': tensor([3], [80, 81, 82]),
      'fc.weight': tensor([2, 3], [0, 1, 2, 3, 4, 5]),
      'fc.bias': tensor([2], [4, 6]),
    });
  });

  test('reads it from anywhere in a larger buffer', () => {
    const larger = Buffer.concat([Buffer.alloc(3), file, Buffer.alloc(5)]);
    expect(readCheckpoint(larger.subarray(3, 3 + file.length))).toEqual(readCheckpoint(file));
  });

  test('refuses a file that is cut short, wherever', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => readCheckpoint(file.subarray(0, length))).toThrow(PickleError);
    }
  });

  test('refuses a file that goes on after its end', () => {
    expect(() => readCheckpoint(Buffer.concat([file, Buffer.alloc(1)]))).toThrow(/The checkpoint ends at byte/);
  });

  test('runs nothing that a state dict does not need', () => {
    const evil = replaced('collections\nOrderedDict', 'posixxxxxxx\nsystemxxxxx');
    expect(() => readCheckpoint(evil)).toThrow(/refers to posixxxxxxx\.systemxxxxx/);
  });

  test('refuses other kinds of numbers', () => {
    expect(() => readCheckpoint(replaced('torch\nLongStorage', 'torch\nHalfStorage'))).toThrow(
      /refers to torch\.HalfStorage/,
    );
  });

  test('refuses with a PickleError, whatever bytes are changed', () => {
    const change = fc.record({ at: fc.nat(file.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const broken = Uint8Array.from(file);
        for (const { at, byte } of changes) broken[at] = byte;
        try {
          readCheckpoint(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(PickleError);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('torchWeights', () => {
  const checkpoint = readCheckpoint(file);

  test("gives a layer's arrays in Keras' layout", () => {
    const weights = torchWeights(network(), checkpoint);
    const counting = Float32Array.from({ length: 18 }, (_, i) => i / 4);
    expect(weights(0, 0, [1, 2, 3, 3])).toEqual(counting);
    expect([0, 1, 2, 3].map((array) => weights(1, array, [3])[0])).toEqual([0, 1 / 4, 10, 20]);
    expect(weights(2, 0, [3, 2])).toEqual(quarters([0, 3, 1, 4, 2, 5]));
    expect(weights(2, 1, [2])).toEqual(quarters([4, 6]));
    expect(() => weights(3, 0, [1])).toThrow(RangeError);
  });

  test('refuses a checkpoint that lacks a tensor', () => {
    const { 'bn.bias': _, ...rest } = Object.fromEntries(checkpoint);
    expect(() => torchWeights(network(), new Map(Object.entries(rest)))).toThrow('no tensor bn.bias');
  });

  test('refuses a checkpoint with a tensor that no layer takes', () => {
    const more = new Map(checkpoint).set('se.weight', tensor([1], [1]));
    expect(() => torchWeights(network(), more)).toThrow('No layer takes se.weight.');
  });

  test.each([[[2, 9, 1, 1]], [[18]], [[3, 3, 2, 1]]])('refuses a kernel of shape %j', (shape) => {
    const other = new Map(checkpoint).set('conv.weight', { shape, data: new Float32Array(18) });
    expect(() => torchWeights(network(), other)).toThrow(/conv\.weight has the shape/);
  });
});

function network() {
  const net = new Network('tiny');
  const conv = net.conv(net.input(4, preprocessing.tf), 3, [1, 2], { bias: false, name: 'conv' });
  return net.dense(net.globalAveragePool(net.batchNorm(conv, 1e-3, { name: 'bn' })), 2, { name: 'fc' });
}

function replaced(from: string, to: string): Uint8Array {
  const bytes = Buffer.from(file);
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(0);
  bytes.write(to, at);
  return bytes;
}

function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, data: quarters(values) };
}

function quarters(values: readonly number[]): Float32Array {
  return Float32Array.from(values, (value) => value / 4);
}
