import { topK } from '../core/predictions.ts';

/**
 * The most probable classes, as [index, probability], the most probable first; of equally probable ones the one with
 * the higher index. Seven significant digits say all that a float32 knows, and rounding to them keeps the order.
 */
export function topClasses(probabilities: Float32Array): (readonly [index: number, probability: number])[] {
  const at = (index: number) => probabilities[index] as number;
  return [...probabilities.keys()]
    .sort((a, b) => at(b) - at(a) || b - a)
    .slice(0, topK)
    .map((index) => [index, Number(at(index).toPrecision(7))]);
}
