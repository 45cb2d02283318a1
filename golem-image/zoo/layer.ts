import type { Pads, Pair } from './geometry.ts';
import type { Preprocessing } from './preprocessing.ts';

export type Activation = 'linear' | 'relu' | 'relu6';

/** What a layer does. Geometry is settled: "same" has become pads. */
export type Operation =
  | { readonly kind: 'input'; readonly preprocessing: Preprocessing }
  | ({ readonly kind: 'conv' | 'depthwiseConv'; readonly bias: boolean; readonly activation: Activation } & Window)
  | ({ readonly kind: 'separableConv' } & Window)
  | ({ readonly kind: 'maxPool' | 'averagePool' } & Window)
  | { readonly kind: 'batchNorm'; readonly epsilon: number; readonly gamma: boolean }
  | { readonly kind: 'pad'; readonly pads: Pads }
  | { readonly kind: 'activation'; readonly activation: 'relu' | 'relu6' }
  | { readonly kind: 'add' | 'concat' | 'globalAveragePool' | 'flatten' }
  | { readonly kind: 'scaledAdd'; readonly scale: number }
  | { readonly kind: 'dense'; readonly activation: Activation };

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
}

/** One array of a layer's weights, in Keras' layout. */
export interface WeightArray {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One Keras layer, which is also its own output tensor. */
export interface Layer {
  readonly name: string;
  readonly operation: Operation;
  /** In the order of the call's arguments: Keras' layer order depends on it. */
  readonly inputs: readonly Layer[];
  /** Of the output, without the batch: height, width, channels; or features. */
  readonly shape: readonly number[];
  /** In Keras' order: trainable arrays first, then the others. */
  readonly weights: readonly WeightArray[];
}

/**
 * The numbers of one array, row-major in Keras' layout (kernels: height, width, in, out).
 * @param layer position among the network's weighted layers in Keras' order, see `weightedLayers`.
 * @param array position among the layer's arrays.
 */
export type Weights = (layer: number, array: number, shape: readonly number[]) => Float32Array;
