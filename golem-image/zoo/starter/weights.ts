import { weightedLayers } from '../keras-order.ts';
import type { Layer, WeightArray, Weights } from '../layer.ts';
import type { Tensor } from './checkpoint.ts';
import { gather } from './gather.ts';

/** PyTorch's names for the arrays of a layer. */
const torchNames: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * The weights of a network whose layers are named as in a PyTorch checkpoint, turned into Keras' layout.
 * @throws Error when the checkpoint lacks a tensor, has one of another shape, or has one that no layer takes
 */
export function torchWeights(output: Layer, checkpoint: ReadonlyMap<string, Tensor>): Weights {
  const layers = weightedLayers(output).map((layer) => layer.weights.map((array) => source(layer, array, checkpoint)));
  const taken = new Set(layers.flat().map(({ name }) => name));
  const unused = [...checkpoint.keys()].filter((name) => !taken.has(name));
  if (unused.length > 0) throw new Error(`No layer takes ${unused.join(', ')}.`);
  return (layer, array) => {
    const { tensor, axes } = layers[layer]?.[array] ?? {};
    if (!tensor || !axes) throw new RangeError(`There is no array ${array} of a layer ${layer}.`);
    return transposed(tensor, axes);
  };
}

/** Where an array comes from, and which of the tensor's axes become its first, second, ... axis. */
interface Source {
  readonly name: string;
  readonly tensor: Tensor;
  readonly axes: readonly number[];
}

function source(layer: Layer, array: WeightArray, checkpoint: ReadonlyMap<string, Tensor>): Source {
  const name = `${layer.name}.${torchNames[array.name]}`;
  const tensor = checkpoint.get(name);
  if (!tensor) throw new Error(`The checkpoint has no tensor ${name}.`);
  const axes = axesFor(layer, array);
  if (tensor.shape.length !== axes.length || pick(tensor.shape, axes).join() !== array.shape.join()) {
    throw new Error(`Tensor ${name} has the shape [${tensor.shape.join(', ')}], which does not fit its layer.`);
  }
  return { name, tensor, axes };
}

/** Kernels: [out, in, height, width] to [height, width, in, out]; depthwise ones have in = 1; dense [out, in]. */
function axesFor(layer: Layer, array: WeightArray): readonly number[] {
  if (array.name !== 'kernel') return [0];
  switch (layer.operation.kind) {
    case 'dense':
      return [1, 0];
    case 'depthwiseConv':
      return [2, 3, 0, 1];
    default:
      return [2, 3, 1, 0];
  }
}

function transposed({ shape, data }: Tensor, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return gather(data, 0, pick(shape, axes), pick(strides, axes));
}

function pick(values: readonly number[], axes: readonly number[]): number[] {
  return axes.map((axis) => values[axis] as number);
}
