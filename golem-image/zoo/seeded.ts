import { weightedLayers } from './keras-order.ts';
import type { Layer, Weights } from './layer.ts';
import { Network } from './network.ts';
import { architectures, type ZooId } from './networks/index.ts';

/**
 * Reproducible weights and images, for tests and trials: the same numbers come out of any language, so Keras could
 * be run on them and its logits kept (`golden/`). Every number is a hash of its place.
 */

/** Seeded weights of a network. Their sizes keep activations in the range of a trained network. */
export function seededWeights(id: ZooId): Weights {
  const layers = weightedLayers(architectures[id](new Network(id)));
  return (position, index, shape) => {
    const layer = layers[position];
    const array = layer?.weights[index];
    if (!layer || !array) throw new Error(`${id} has no weights at ${position}/${index}.`);
    const { centre, limit } = rangeOf(id, layer, array.name, shape);
    return fill(`${id}/${position}/${index}`, shape, centre, limit);
  };
}

/** A square RGB image, row by row: two colour ramps, a chessboard and noise. */
export function seededImage(size: number): Uint8Array {
  const seed = fnv1a('image');
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [y, x] = [Math.floor(pixel / size), pixel % size];
    const ramps = [x, y].map((along) => Math.floor((255 * along) / (size - 1)));
    const chess = 160 * ((Math.floor(x / 16) + Math.floor(y / 16)) % 2) + 40;
    const noise = (hash(seed, i) >>> 27) - 16;
    return Math.min(Math.max((ramps[i % 3] ?? chess) + noise, 0), 255);
  });
}

interface Range {
  readonly centre: number;
  readonly limit: number;
}

function rangeOf(id: ZooId, layer: Layer, array: string, shape: readonly number[]): Range {
  const { convolution = 1, gains = [] } = damping[id] ?? {};
  const gain = gains.findLast(([pattern]) => pattern.test(layer.name))?.[1] ?? 1;
  const around = (centre: number, limit: number): Range => ({ centre, limit });
  const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  switch (layer.operation.kind) {
    case 'batchNorm':
      return batchNormRange(array, layer.operation.gamma ? gain : 1);
    case 'dense':
      if (array === 'bias') return around(0, 0.1);
      return around(0, gain * Math.sqrt((layer.name === 'predictions' ? 3 : 6) / fanIn));
    default:
      if (array === 'bias') return around(0, 0.1 * gain);
      if (array === 'depthwise_kernel') return around(0, Math.sqrt(3 / ((shape[0] as number) * (shape[1] as number))));
      return around(0, (convolution * gain * Math.sqrt(6 / fanIn)) / (seesRawPixels(layer) ? 64 : 1));
  }
}

function batchNormRange(array: string, gain: number): Range {
  if (array === 'gamma') return { centre: gain, limit: 0.25 * gain };
  if (array === 'beta') return { centre: 0, limit: 0.2 * gain };
  if (array === 'moving_mean') return { centre: 0, limit: 0.2 };
  return { centre: 1, limit: 0.4 };
}

/** A first convolution whose input is not brought near 1, as in the networks that come from Caffe. */
function seesRawPixels({ inputs: [input] }: Layer): boolean {
  if (input?.operation.kind === 'pad') return seesRawPixels(input);
  return input?.operation.kind === 'input' && input.operation.preprocessing.std[0] === 1;
}

interface Damping {
  /** Of every convolution's kernel. */
  readonly convolution?: number;
  /** By the layer's name; the last match counts. */
  readonly gains: readonly (readonly [RegExp, number])[];
}

// Found by trial: they keep residual sums from growing with depth, and logits between flat and one-hot.
const damping: { readonly [id in ZooId]?: Damping } = {
  resnet50: { gains: [[/_3_bn$/, 0.25], [/^predictions$/, 0.5]] }, // biome-ignore format: a table
  resnet101: { gains: [[/_3_bn$/, 0.25], [/^predictions$/, 0.25]] }, // biome-ignore format: a table
  resnet152: {
    gains: [
      [/_3_bn$/, 0.125],
      [/^predictions$/, 0.5],
    ],
  },
  resnet50v2: { gains: [[/_3_conv$/, 0.25]] },
  resnet101v2: { gains: [[/_3_conv$/, 0.25]] },
  resnet152v2: {
    gains: [
      [/_3_conv$/, 0.25],
      [/^predictions$/, 0.5],
    ],
  },
  inception_resnet_v2: { gains: [[/^predictions$/, 0.25]] },
  nasnet_mobile: { convolution: 0.75, gains: [[/^predictions$/, 4]] },
  nasnet_large: { convolution: 0.75, gains: [[/^predictions$/, 4]] },
  xception: {
    gains: [
      [/block([5-9]|1[0-2])_sepconv3_bn$/, 0.25],
      [/^predictions$/, 0.25],
    ],
  },
};

function fill(key: string, shape: readonly number[], centre: number, limit: number): Float32Array {
  const seed = fnv1a(key);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i++) {
    values[i] = centre + ((hash(seed, i) >>> 8) / 2 ** 23 - 1) * limit;
  }
  return values;
}

/** 32-bit FNV-1a of an ASCII text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** The i-th number of a stream: Murmur3's finalizer over a Weyl sequence. 32 bits, as a signed integer. */
function hash(seed: number, i: number): number {
  let x = (seed + Math.imul(i, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
