/** Arithmetic on weights, in float64 and stored as float32. */

/** What a batch normalization multiplies each channel by: gamma / sqrt(variance + epsilon). */
export function batchNormFactors(gamma: Float32Array | undefined, variance: Float32Array, epsilon: number) {
  return Float64Array.from(variance, (v, c) => (gamma?.[c] ?? 1) / Math.sqrt(v + epsilon));
}

/** The bias of a convolution that has taken in the batch normalization after it. */
export function foldedBias(
  bias: Float32Array | undefined,
  beta: Float32Array,
  mean: Float32Array,
  factors: Float64Array,
): Float32Array {
  return Float32Array.from(beta, (b, c) => b + ((bias?.[c] ?? 0) - at(mean, c)) * at(factors, c));
}

export interface KernelFactors {
  /** Multiplies each output channel. */
  readonly outputs?: Float64Array | undefined;
  /** Divides each input channel, in the order of the channels that come in. */
  readonly inputDivisors?: readonly number[] | undefined;
  /** The channels come in reverse order. */
  readonly reversed?: boolean | undefined;
}

/**
 * A kernel from Keras' layout [height, width, in, out] to ONNX's [out, in, height, width], scaled on the way.
 * A depthwise kernel [height, width, channels, 1] has the bytes of [height, width, 1, channels]: pass that shape.
 */
export function toOnnxKernel(
  kernel: Float32Array,
  [height, width, ins, outs]: readonly [number, number, number, number],
  { outputs, inputDivisors, reversed = false }: KernelFactors,
): Float32Array {
  const area = height * width;
  const result = new Float32Array(kernel.length);
  let from = 0;
  for (let p = 0; p < area; p++) {
    for (let i = 0; i < ins; i++) {
      const to = reversed ? ins - 1 - i : i;
      const divisor = inputDivisors?.[to] ?? 1;
      for (let o = 0; o < outs; o++, from++) {
        result[(o * ins + to) * area + p] = (at(kernel, from) * (outputs?.[o] ?? 1)) / divisor;
      }
    }
  }
  return result;
}

export function scaled(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}

function at(values: Float32Array | Float64Array, index: number): number {
  return values[index] as number;
}
