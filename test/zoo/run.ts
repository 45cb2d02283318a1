import * as ort from '../../golem-image/onnx-runtime.ts';
import { type Architecture, encodeNetwork } from '../../golem-image/zoo/build.ts';
import type { Weights } from '../../golem-image/zoo/layer.ts';
import { toBytes } from '../../golem-image/zoo/onnx/write.ts';
import type { Preprocessing } from '../../golem-image/zoo/preprocessing.ts';

export const unchanged: Preprocessing = { mean: [0, 0, 0], std: [1, 1, 1], channels: 'rgb' };

/** Weights written out: an array for each layer, in it an array of numbers for each of the layer's arrays. */
export function table(...layers: readonly (readonly (readonly number[])[])[]): Weights {
  return (layer, array) => Float32Array.from(layers[layer]?.[array] ?? []);
}

/** Runs a small network on square images, given as bytes one after the other. */
export async function run(architecture: Architecture, weights: Weights, images: readonly (readonly number[])[]) {
  const session = await ort.InferenceSession.create(toBytes(encodeNetwork('test', architecture, weights, 'synthetic')));
  try {
    const size = Math.sqrt((images[0]?.length ?? 0) / 3);
    const tensor = new ort.Tensor('uint8', Uint8Array.from(images.flat()), [images.length, size, size, 3]);
    const { logits, probs } = await session.run({ images: tensor });
    if (!logits || !probs) throw new Error('An output is missing.');
    return { dims: logits.dims, logits: floats(logits), probs: floats(probs) };
  } finally {
    await session.release();
  }
}

/** Grey images, a number a pixel. */
export function grey(...pixels: readonly number[]): number[] {
  return pixels.flatMap((value) => [value, value, value]);
}

function floats(tensor: ort.Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}
