import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeModel } from '../../golem-image/zoo/onnx/encode.ts';
import { OnnxGraph } from '../../golem-image/zoo/onnx/graph.ts';
import { ModelProto } from '../../golem-image/zoo/onnx/schema.ts';
import { toBytes, writeModel } from '../../golem-image/zoo/onnx/write.ts';
import { tempDir } from '../support/temp-dir.ts';

function doubling(data: () => Float32Array) {
  const graph = new OnnxGraph('doubling');
  graph.input({ name: 'x', type: 'float', shape: ['N', 2] });
  graph.floats('two', [2], data);
  graph.node('Mul', ['x', 'two'], 'y');
  graph.output({ name: 'y', type: 'float', shape: ['N', 2] });
  return graph;
}

test('a model says what it is and where its weights are from', () => {
  const bytes = toBytes(
    encodeModel(
      doubling(() => Float32Array.of(2, 2)),
      { model: 'doubling', weights: 'official' },
    ),
  );
  const model = ModelProto.toObject(ModelProto.decode(bytes), { longs: Number });
  expect(model).toMatchObject({
    irVersion: 8,
    producerName: 'mlg',
    opsetImport: [{ version: 17 }],
    metadataProps: [
      { key: 'model', value: 'doubling' },
      { key: 'weights', value: 'official' },
    ],
  });
});

test('the size is known before a weight is read, and true', () => {
  let asked = 0;
  const model = encodeModel(
    doubling(() => {
      asked++;
      return Float32Array.of(2, 2);
    }),
    {},
  );
  expect(asked).toBe(0);
  const pieces = [...model.pieces()].map(({ length }) => length);
  expect(pieces.reduce((a, b) => a + b)).toBe(model.bytes);
  expect(asked).toBe(1);
});

test('a weight of the wrong length is refused', () => {
  const model = encodeModel(
    doubling(() => Float32Array.of(2)),
    {},
  );
  expect(() => toBytes(model)).toThrow('Weight two has 4 bytes instead of 8.');
});

test('more than protobuf can hold is refused at once', () => {
  const graph = new OnnxGraph('huge');
  graph.floats('weights', [2 ** 29], () => new Float32Array());
  expect(() => encodeModel(graph, {})).toThrow('more than an ONNX file can hold');
});

describe('writing', () => {
  test('gives hash and size, and leaves nothing beside the file', async () => {
    const dir = await tempDir();
    const model = encodeModel(
      doubling(() => Float32Array.of(2, 2)),
      {},
    );
    const written = await writeModel(model, join(dir, 'network'));
    const bytes = await readFile(join(dir, 'network'));
    expect(new Uint8Array(bytes)).toEqual(toBytes(model));
    expect(written).toEqual({ bytes: bytes.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await readdir(dir)).toEqual(['network']);
  });

  test('that fails leaves the old file and no part of the new one', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'network'), 'old');
    const model = encodeModel(
      doubling(() => Float32Array.of(2)),
      {},
    );
    await expect(writeModel(model, join(dir, 'network'))).rejects.toThrow('Weight two');
    expect(await readdir(dir)).toEqual(['network']);
    expect(await readFile(join(dir, 'network'), 'utf8')).toBe('old');
  });
});

describe('a graph refuses', () => {
  test('two tensors of one name', () => {
    const graph = doubling(() => Float32Array.of(2, 2));
    expect(() => graph.node('Neg', ['x'], 'y')).toThrow('two tensors named y');
  });

  test('what does not exist yet', () => {
    const graph = new OnnxGraph('empty');
    expect(() => graph.node('Neg', ['x'], 'y')).toThrow('y needs x, which does not exist yet');
    expect(() => graph.output({ name: 'z', type: 'float', shape: ['N'] })).toThrow('the outputs needs z');
  });
});
