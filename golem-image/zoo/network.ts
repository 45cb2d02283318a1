import { type Padding, type Pads, type Pair, padsFor, pair, slide } from './geometry.ts';
import type { Activation, Layer, Operation, WeightArray, Window } from './layer.ts';
import type { Preprocessing } from './preprocessing.ts';

interface WindowOptions {
  readonly stride?: number;
  readonly padding?: Padding;
  readonly name?: string;
}
interface ConvOptions extends WindowOptions {
  readonly bias?: boolean;
  readonly activation?: Activation;
}

/**
 * A network that grows layer by layer as in Keras' functional style: every method takes layers and gives the next
 * one, whose shape is inferred. A layer without a name is named as Keras would (`conv2d`, `conv2d_1`, ...).
 * @throws Error in every method, when shapes do not fit or a name is taken.
 */
export class Network {
  readonly id: string;
  /** In the order of creation, so inputs come before their users. */
  readonly layers: Layer[] = [];
  readonly #names = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(id: string) {
    this.id = id;
  }

  /** Square RGB images of 0..255. */
  input(size: number, preprocessing: Preprocessing): Layer {
    return this.#add('input_layer', undefined, { kind: 'input', preprocessing }, [], [size, size, 3]);
  }

  conv(x: Layer, filters: number, kernel: number | Pair, options: ConvOptions = {}): Layer {
    const { bias = true, activation = 'linear', name } = options;
    const { window, size } = this.#slide(x, kernel, options);
    const weights = [{ name: 'kernel', shape: [...window.kernel, channels(x), filters] }, ...biasOf(bias, filters)];
    return this.#add('conv2d', name, { kind: 'conv', bias, activation, ...window }, [x], [...size, filters], weights);
  }

  /** One filter a channel. */
  depthwiseConv(x: Layer, kernel: number | Pair, options: ConvOptions = {}): Layer {
    const { bias = true, activation = 'linear', name } = options;
    const { window, size } = this.#slide(x, kernel, options);
    const c = channels(x);
    const weights = [{ name: 'kernel', shape: [...window.kernel, c, 1] }, ...biasOf(bias, c)];
    const operation: Operation = { kind: 'depthwiseConv', bias, activation, ...window };
    return this.#add('depthwise_conv2d', name, operation, [x], [...size, c], weights);
  }

  /** A depthwise convolution and a pointwise one, with nothing between them and no bias. */
  separableConv(x: Layer, filters: number, kernel: number | Pair, options: WindowOptions = {}): Layer {
    const { window, size } = this.#slide(x, kernel, options);
    const weights = [
      { name: 'depthwise_kernel', shape: [...window.kernel, channels(x), 1] },
      { name: 'pointwise_kernel', shape: [1, 1, channels(x), filters] },
    ];
    const operation: Operation = { kind: 'separableConv', ...window };
    return this.#add('separable_conv2d', options.name, operation, [x], [...size, filters], weights);
  }

  batchNorm(x: Layer, epsilon: number, options: { readonly gamma?: boolean; readonly name?: string } = {}): Layer {
    const { gamma = true, name } = options;
    const arrays = [...(gamma ? ['gamma'] : []), 'beta', 'moving_mean', 'moving_variance'];
    const weights = arrays.map((array) => ({ name: array, shape: [channels(x)] }));
    return this.#add('batch_normalization', name, { kind: 'batchNorm', epsilon, gamma }, [x], x.shape, weights);
  }

  relu(x: Layer, name?: string): Layer {
    return this.#add('activation', name, { kind: 'activation', activation: 'relu' }, [x], x.shape);
  }

  relu6(x: Layer, name?: string): Layer {
    return this.#add('activation', name, { kind: 'activation', activation: 'relu6' }, [x], x.shape);
  }

  maxPool(x: Layer, kernel: number, options: WindowOptions = {}): Layer {
    const { window, size } = this.#slide(x, kernel, options);
    const operation: Operation = { kind: 'maxPool', ...window };
    return this.#add('max_pooling2d', options.name, operation, [x], [...size, channels(x)]);
  }

  averagePool(x: Layer, kernel: number, options: WindowOptions = {}): Layer {
    const { window, size } = this.#slide(x, kernel, options);
    const operation: Operation = { kind: 'averagePool', ...window };
    return this.#add('average_pooling2d', options.name, operation, [x], [...size, channels(x)]);
  }

  /** Zeros on each side, which count as pixels in whatever follows. */
  zeroPad(x: Layer, pads: number | Pads, name?: string): Layer {
    return this.#pad('zero_padding2d', x, typeof pads === 'number' ? [pads, pads, pads, pads] : pads, name);
  }

  crop(x: Layer, [top, left, bottom, right]: Pads, name?: string): Layer {
    return this.#pad('cropping2d', x, [-top, -left, -bottom, -right], name);
  }

  add(inputs: readonly Layer[], name?: string): Layer {
    const [first, ...others] = atLeastOne(inputs);
    for (const other of others) sameShape(this.id, name ?? 'add', first, other);
    return this.#add('add', name, { kind: 'add' }, inputs, first.shape);
  }

  /** `x + scale * branch` */
  scaledAdd(x: Layer, branch: Layer, scale: number, name?: string): Layer {
    sameShape(this.id, name ?? 'scaled add', x, branch);
    return this.#add('custom_scale_layer', name, { kind: 'scaledAdd', scale }, [x, branch], x.shape);
  }

  /** Joins channels. */
  concat(inputs: readonly Layer[], name?: string): Layer {
    const [first, ...others] = atLeastOne(inputs);
    const [height, width] = plane(first);
    for (const other of others) {
      const [h, w] = plane(other);
      if (h !== height || w !== width) throw misfit(this.id, name ?? 'concat', first, other);
    }
    const depth = inputs.reduce((sum, input) => sum + channels(input), 0);
    return this.#add('concatenate', name, { kind: 'concat' }, inputs, [height, width, depth]);
  }

  globalAveragePool(x: Layer, name?: string): Layer {
    plane(x);
    return this.#add('global_average_pooling2d', name, { kind: 'globalAveragePool' }, [x], [channels(x)]);
  }

  /** Rows, then columns, then channels. */
  flatten(x: Layer, name?: string): Layer {
    const [height, width] = plane(x);
    return this.#add('flatten', name, { kind: 'flatten' }, [x], [height * width * channels(x)]);
  }

  dense(x: Layer, units: number, options: { readonly activation?: Activation; readonly name?: string } = {}): Layer {
    const [features, ...rest] = x.shape;
    if (features === undefined || rest.length) throw new Error(`${this.id}: dense needs features, not ${shown(x)}.`);
    const weights = [{ name: 'kernel', shape: [features, units] }, ...biasOf(true, units)];
    const { activation = 'linear', name } = options;
    return this.#add('dense', name, { kind: 'dense', activation }, [x], [units], weights);
  }

  #pad(prefix: string, x: Layer, pads: Pads, name?: string): Layer {
    const [height, width] = slide(plane(x), [1, 1], [1, 1], pads);
    if (height < 1 || width < 1) throw new Error(`${this.id}: nothing is left of ${shown(x)} after the crop.`);
    return this.#add(prefix, name, { kind: 'pad', pads }, [x], [height, width, channels(x)]);
  }

  #slide(x: Layer, kernelSize: number | Pair, { stride = 1, padding = 'valid', name }: WindowOptions) {
    const kernel = pair(kernelSize);
    const pads = padsFor(padding, plane(x), kernel, pair(stride));
    const size = slide(plane(x), kernel, pair(stride), pads);
    if (size[0] < 1 || size[1] < 1) {
      throw new Error(
        `${this.id}: a window of ${kernel.join('x')} (${name ?? 'unnamed'}) is too large for ${shown(x)}.`,
      );
    }
    const window: Window = { kernel, stride: pair(stride), pads };
    return { window, size };
  }

  #add(
    prefix: string,
    given: string | undefined,
    operation: Operation,
    inputs: readonly Layer[],
    shape: readonly number[],
    weights: readonly WeightArray[] = [],
  ): Layer {
    const name = given ?? this.#autoName(prefix);
    if (this.#names.has(name)) throw new Error(`${this.id} has two layers named ${name}.`);
    this.#names.add(name);
    const layer: Layer = { name, operation, inputs, shape, weights };
    this.layers.push(layer);
    return layer;
  }

  #autoName(prefix: string): string {
    const count = this.#counts.get(prefix) ?? 0;
    this.#counts.set(prefix, count + 1);
    return count === 0 ? prefix : `${prefix}_${count}`;
  }
}

/** Channels of a picture-shaped layer. */
export function channels(x: Layer): number {
  plane(x);
  return x.shape[2] as number;
}

function plane(x: Layer): Pair {
  const [height, width, depth] = x.shape;
  if (height === undefined || width === undefined || depth === undefined) {
    throw new Error(`${shown(x)} is not a picture of height, width and channels.`);
  }
  return [height, width];
}

function biasOf(bias: boolean, size: number): WeightArray[] {
  return bias ? [{ name: 'bias', shape: [size] }] : [];
}

function atLeastOne(inputs: readonly Layer[]): readonly [Layer, ...Layer[]] {
  const [first, ...others] = inputs;
  if (!first) throw new Error('There is nothing to join.');
  return [first, ...others];
}

function sameShape(id: string, name: string, a: Layer, b: Layer): void {
  if (a.shape.join() !== b.shape.join()) throw misfit(id, name, a, b);
}

function misfit(id: string, name: string, a: Layer, b: Layer): Error {
  return new Error(`${id}: ${name} cannot join ${shown(a)} and ${shown(b)}.`);
}

function shown(x: Layer): string {
  return `${x.name} [${x.shape.join(', ')}]`;
}
