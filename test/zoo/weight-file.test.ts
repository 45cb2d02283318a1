import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import h5wasm from 'h5wasm/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { layersOf, type WeightedLayer, writeNetwork } from '../../golem-image/zoo/build.ts';
import { seededWeights } from '../../golem-image/zoo/seeded.ts';
import { compare } from '../../golem-image/zoo/verify.ts';
import { openWeightFile, takeTurn, type WeightFile } from '../../golem-image/zoo/weight-file.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type LayerGroup, type Layout, layerGroups, writeKerasFile } from './keras-h5.ts';

const layers: WeightedLayer[] = [
  { name: 'conv', weights: [{ name: 'kernel', shape: [1, 1, 3, 2] }, { name: 'bias', shape: [2] }] }, // biome-ignore format: a row a layer
  { name: 'bn', weights: [{ name: 'gamma', shape: [2] }, { name: 'beta', shape: [2] }] }, // biome-ignore format: a row a layer
  { name: 'dense', weights: [{ name: 'kernel', shape: [2, 4] }] },
];
const numbers = (layer: number, array: number, shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 100 * layer + 10 * array + i);

describe('reads', () => {
  test('arrays by position, past layers without weights, whatever the names', async () => {
    expectAll(await opened(layerGroups(layers, numbers)));
  });

  test('layers whose names have slashes, and so lie in nested groups', async () => {
    const groups = layerGroups(layers, numbers).map((group) => ({ ...group, name: `stem/${group.name}` }));
    expectAll(await opened(groups));
  });

  test('lists of names that Keras has cut into pieces', async () => {
    expectAll(await opened(layerGroups(layers, numbers), { namesAPiece: 2 }));
    expectAll(await opened(layerGroups(layers, numbers), { namesAPiece: 1 }));
  });

  test('the weights of a whole saved model', async () => {
    expectAll(await opened(layerGroups(layers, numbers), { below: 'model_weights' }));
  });

  test('an array in slices when it is large', async () => {
    const wide: WeightedLayer[] = [{ name: 'dense', weights: [{ name: 'kernel', shape: [5, 2 ** 20] }] }];
    const file = await opened(layerGroups(wide, numbers), {}, wide);
    const values = file.weights(0, 0, [5, 2 ** 20]);
    expect(values.length).toBe(5 * 2 ** 20);
    expect(values.every((value, i) => value === i)).toBe(true);
  });
});

describe('refuses', () => {
  const groups = layerGroups(layers, numbers);
  const [, conv, , bn, , dense] = groups as [LayerGroup, LayerGroup, LayerGroup, LayerGroup, LayerGroup, LayerGroup];

  test('a file with fewer or more layers', async () => {
    await expect(opened([conv, bn])).rejects.toThrow('has 2 layers with weights; the network has 3');
    await expect(opened([conv, bn, dense, { ...dense, name: 'more' }])).rejects.toThrow('has 4 layers with weights');
  });

  test('layers in another order', async () => {
    await expect(opened([bn, conv, dense])).rejects.toThrow(
      'Array old_name_1/old_name_1/gamma:0 has the shape [2]; conv takes [1, 1, 3, 2] as its kernel.',
    );
  });

  test('a layer with fewer arrays', async () => {
    const cut = { ...conv, arrays: conv.arrays.slice(0, 1) };
    await expect(opened([cut, bn, dense])).rejects.toThrow(
      'Layer old_name_0 has 1 arrays; conv takes 2 (kernel, bias).',
    );
  });

  test('an array of the same size in another shape', async () => {
    const turned = { ...dense, arrays: dense.arrays.map((array) => ({ ...array, shape: [4, 2] })) };
    await expect(opened([conv, bn, turned])).rejects.toThrow('has the shape [4, 2]; dense takes [2, 4] as its kernel.');
  });

  test('numbers that are not finite', async () => {
    const data = Float32Array.of(0, 1, 2, Number.NaN, 4, 5, 6, 7);
    const broken = { ...dense, arrays: dense.arrays.map((array) => ({ ...array, data })) };
    const file = await opened([conv, bn, broken]);
    expect(() => file.weights(2, 0, [2, 4])).toThrow('Array old_name_2/old_name_2/kernel:0 holds NaN at 3.');
  });

  test('numbers in float64', async () => {
    const path = await written([conv, bn, dense]);
    const file = new h5wasm.File(path, 'a');
    file.create_group('double').create_attribute('weight_names', ['kernel']);
    file.create_dataset({ name: 'double/kernel', data: new Float64Array(8), shape: [2, 4], dtype: '<d' });
    file.delete_attribute('layer_names');
    file.create_attribute('layer_names', ['old_name_0', 'old_name_1', 'double']);
    file.close();
    await expect(openWeightFile(path, layers)).rejects.toThrow('numbers of type <d; it must be float32');
  });

  test('a list that names what is not there', async () => {
    const path = await written([conv, bn, dense]);
    const file = new h5wasm.File(path, 'a');
    file.delete_attribute('layer_names');
    file.create_attribute('layer_names', ['old_name_0', 'old_name_1', 'gone']);
    file.close();
    await expect(openWeightFile(path, layers)).rejects.toThrow('lists a layer gone that it does not hold');
  });

  test('an HDF5 file of something else', async () => {
    const path = join(await tempDir(), 'other.h5');
    new h5wasm.File(path, 'w').close();
    await expect(openWeightFile(path, layers)).rejects.toThrow('has no list of layers (layer_names)');
  });

  test('a truncated file', async () => {
    const path = await written(groups);
    await truncate(path, (await readFile(path)).length - 100);
    await expect(openWeightFile(path, layers)).rejects.toThrow('cannot be opened: File has been truncated.');
  });

  test('a file that HDF5 would read for ever', async () => {
    const path = await written(groups);
    const bytes = await readFile(path);
    // The length of a name, in the heap of names: eight bytes before it.
    const name = 'old_name_1/gamma:0';
    bytes.writeUInt8(bytes.readUInt8(bytes.indexOf(name) - 8) + 200, bytes.indexOf(name) - 8);
    await writeFile(path, bytes);
    await expect(openWeightFile(path, layers, 1_000)).rejects.toThrow(
      'is damaged: HDF5 was not done with it after 1 s.',
    );
  });

  test('what is no HDF5 file, and what is not there', async () => {
    const path = join(await tempDir(), 'page.h5');
    await writeFile(path, '<html>Not found</html>');
    await expect(openWeightFile(path, layers)).rejects.toThrow('cannot be opened: Not an HDF5 file.');
    await expect(openWeightFile(`${path}.gone`, layers)).rejects.toThrow('There is no file');
  });
});

test('a whole network from a weight file gives the logits of Keras', async () => {
  const id = 'nasnet_mobile';
  const dir = await tempDir();
  const path = join(dir, `${id}.h5`);
  await writeKerasFile(path, layerGroups(layersOf(id), seededWeights(id)));
  const { weights, close } = await openWeightFile(path, layersOf(id));
  await writeNetwork(id, weights, 'synthetic', join(dir, `${id}.onnx`)).finally(close);
  expect(await compare(id, join(dir, `${id}.onnx`))).toMatchObject({ ok: true });
});

test('a notification that comes too late does not pass for the next reply', async () => {
  const turn = new Int32Array(new SharedArrayBuffer(8));
  // Wakes the wait without a reply, as soon as there is a wait; then replies.
  const late = `const { workerData: turn } = require('node:worker_threads');
    while (Atomics.notify(turn, 0) === 0);
    turn[1] = 1;
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);`;
  const thread = new Worker(late, { eval: true, workerData: turn });
  onTestFinished(() => void thread.terminate());
  expect([takeTurn(turn, 20_000), ...turn]).toEqual([true, 0, 1]);
  expect(takeTurn(turn, 1)).toBe(false);
});

async function written(groups: readonly LayerGroup[], layout: Layout = {}): Promise<string> {
  const path = join(await tempDir(), 'weights.h5');
  await writeKerasFile(path, groups, layout);
  return path;
}

async function opened(
  groups: readonly LayerGroup[],
  layout: Layout = {},
  expected: readonly WeightedLayer[] = layers,
): Promise<WeightFile> {
  const file = await openWeightFile(await written(groups, layout), expected);
  onTestFinished(() => file.close());
  return file;
}

function expectAll({ weights }: WeightFile): void {
  for (const [k, layer] of layers.entries()) {
    for (const [j, { shape }] of layer.weights.entries()) expect(weights(k, j, shape)).toEqual(numbers(k, j, shape));
  }
}
