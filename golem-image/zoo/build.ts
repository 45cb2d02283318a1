import type { WeightsOrigin } from '../../core/catalogue.ts';
import { weightedLayers } from './keras-order.ts';
import type { Layer, WeightArray, Weights } from './layer.ts';
import { lower } from './lower/lower.ts';
import { Network } from './network.ts';
import { architectures, type ZooId } from './networks/index.ts';
import { type EncodedModel, encodeModel } from './onnx/encode.ts';
import { toBytes, writeModel } from './onnx/write.ts';

/** Draws a network, layer by layer, and gives its last layer. */
export type Architecture = (net: Network) => Layer;

/** A weighted layer as a weight file lists it. */
export interface WeightedLayer {
  readonly name: string;
  readonly weights: readonly WeightArray[];
}

/** The weighted layers of a network in Keras' order, which is the order of its weight file. */
export function layersOf(id: ZooId): WeightedLayer[] {
  return weightedLayers(architectures[id](new Network(id))).map(({ name, weights }) => ({ name, weights }));
}

/** The ONNX file of a network, as bytes. */
export function buildNetwork(id: ZooId, weights: Weights, origin: WeightsOrigin): Uint8Array {
  return toBytes(encodeNetwork(id, architectures[id], weights, origin));
}

/** Writes the ONNX file of a network; at no time are more than a few of its weights in memory. */
export function writeNetwork(id: ZooId, weights: Weights, origin: WeightsOrigin, path: string) {
  return writeModel(encodeNetwork(id, architectures[id], weights, origin), path);
}

/** Any network, also one outside of the zoo, ready to be written with `toBytes` or `writeModel`. */
export function encodeNetwork(
  id: string,
  architecture: Architecture,
  weights: Weights,
  origin: WeightsOrigin,
): EncodedModel {
  const net = new Network(id);
  const output = architecture(net);
  return encodeModel(lower(id, output, net.layers, weights), { model: id, weights: origin });
}
