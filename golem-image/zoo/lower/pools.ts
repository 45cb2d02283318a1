import { isPadded, type Pads, slide } from '../geometry.ts';
import type { Layer, Window } from '../layer.ts';
import { type Context, hasKind, inputOf, type LayerOf, type View } from './context.ts';
import { windowAttributes } from './convolution.ts';

const lowest = -3.4028234663852886e38;

/**
 * "Same" padding never wins a maximum, and so does ONNX's. Zeros from a padding layer do: after a ReLU that makes no
 * difference; otherwise the padded windows are raised to zero afterwards. (Pad, then MaxPool, would say it more
 * simply, but ONNX Runtime 1.30 merges the two and loses the zeros.)
 */
export function lowerMaxPool(context: Context, layer: LayerOf<'maxPool'>): string {
  const input = inputOf(layer);
  const view = context.paddable(input);
  const { tensor } = view;
  const { window, zeros } = windowOver(view, layer);
  const name = context.tensorName(layer);
  if (!zeros || isRectified(input)) return context.graph.node('MaxPool', [tensor], name, windowAttributes(window));
  const pooled = context.graph.node('MaxPool', [tensor], `${name}/inside`, windowAttributes(window));
  const [height, width] = layer.shape as [number, number, number];
  const floor = context.graph.floats(`${name}/floor`, [1, 1, height, width], () => floorOf(input, window));
  return context.graph.node('Max', [pooled, floor], name);
}

/** "Same" padding does not count in the mean; zeros from a padding layer do. */
export function lowerAveragePool(context: Context, layer: LayerOf<'averagePool'>): string {
  const view = context.paddable(inputOf(layer));
  const { window, zeros } = windowOver(view, layer);
  const attributes = { ...windowAttributes(window), count_include_pad: zeros ? 1 : 0 };
  return context.graph.node('AveragePool', [view.tensor], context.tensorName(layer), attributes);
}

function windowOver({ pads }: View, { name, operation }: LayerOf<'maxPool' | 'averagePool'>) {
  const zeros = isPadded(pads);
  if (zeros && isPadded(operation.pads)) throw new Error(`${name}: a pool cannot have both kinds of padding.`);
  const window: Window = zeros ? { ...operation, pads } : operation;
  return { window, zeros };
}

function isRectified(layer: Layer): boolean {
  if (hasKind(layer, 'pad')) return isRectified(inputOf(layer));
  return hasKind(layer, 'activation');
}

/** Zero where a window overlaps the padding, and the lowest number elsewhere. */
function floorOf(padded: Layer, { kernel, stride, pads }: Window): Float32Array {
  const [top, left, bottom, right] = pads satisfies Pads;
  const [paddedHeight, paddedWidth] = padded.shape as [number, number, number];
  const [height, width] = slide([paddedHeight, paddedWidth], kernel, stride, [0, 0, 0, 0]);
  return Float32Array.from({ length: height * width }, (_, i) => {
    const y = Math.floor(i / width) * stride[0];
    const x = (i % width) * stride[1];
    const inside =
      y >= top && x >= left && y + kernel[0] <= paddedHeight - bottom && x + kernel[1] <= paddedWidth - right;
    return inside ? lowest : 0;
  });
}
