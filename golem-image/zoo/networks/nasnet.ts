import type { Pads } from '../geometry.ts';
import type { Layer } from '../layer.ts';
import { channels, type Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const epsilon = 1e-3;

export interface NasnetSize {
  /** Pixels, height and width. */
  readonly input: number;
  readonly stemFilters: number;
  /** Normal cells before, between and after the two reductions. */
  readonly repeats: number;
  /** Filters of the first normal cells. */
  readonly filters: number;
  /** After a reduction, the next cell looks back past the reduction's own input, to the one before. */
  readonly skipsReduction: boolean;
}

/** NASNet-A (Zoph et al., 2017): two kinds of cells, each fed by the two cells before it. */
export function nasnet(net: Network, { input, stemFilters, repeats, filters, skipsReduction }: NasnetSize): Layer {
  let x = net.input(input, preprocessing.tf);
  x = net.conv(x, stemFilters, 3, { stride: 2, bias: false, name: 'stem_conv1' });
  x = net.batchNorm(x, epsilon, { name: 'stem_bn1' });
  let previous: Layer | undefined;
  [previous, x] = [x, reductionCell(net, x, previous, filters / 4, 'stem_1')];
  [previous, x] = [x, reductionCell(net, x, previous, filters / 2, 'stem_2')];
  for (const stage of [0, 1, 2]) {
    const width = filters * 2 ** stage;
    const first = stage * repeats;
    if (stage > 0) {
      const reduced = reductionCell(net, x, previous, width, `reduce_${first}`);
      [previous, x] = [skipsReduction ? previous : x, reduced];
    }
    for (let c = 0; c < repeats; c++) {
      const id = String(stage === 0 ? c : first + c + 1);
      [previous, x] = [x, normalCell(net, x, previous, width, id)];
    }
  }
  x = net.globalAveragePool(net.relu(x));
  return net.dense(x, 1000, { name: 'predictions' });
}

function normalCell(net: Network, x: Layer, previous: Layer | undefined, filters: number, id: string): Layer {
  const p = adjusted(net, previous, x, filters, id);
  const h = squeezed(net, x, filters, 'normal', id);
  const sep = (y: Layer, kernel: number, place: string) =>
    separable(net, y, filters, kernel, 1, `normal_${place}_${id}`);
  const mean = (y: Layer) => net.averagePool(y, 3, { padding: 'same' });
  const x1 = net.add([sep(h, 5, 'left1'), sep(p, 3, 'right1')]);
  const x2 = net.add([sep(p, 5, 'left2'), sep(p, 3, 'right2')]);
  const x3 = net.add([mean(h), p]);
  const meanOfP = mean(p);
  const x4 = net.add([meanOfP, meanOfP]);
  const x5 = net.add([sep(h, 3, 'left5'), h]);
  return net.concat([p, x1, x2, x3, x4, x5], `normal_concat_${id}`);
}

function reductionCell(net: Network, x: Layer, previous: Layer | undefined, filters: number, id: string): Layer {
  const p = adjusted(net, previous, x, filters, id);
  const h = squeezed(net, x, filters, 'reduction', id);
  const sep = (y: Layer, kernel: number, stride: number, place: string) =>
    separable(net, y, filters, kernel, stride, `reduction_${place}_${id}`);
  const padded = net.zeroPad(h, shrinkPads(h, 3));
  const largest = net.maxPool(padded, 3, { stride: 2 });
  const x1 = net.add([sep(h, 5, 2, 'left1'), sep(p, 7, 2, 'right1')]);
  const x2 = net.add([largest, sep(p, 7, 2, 'right2')]);
  const x3 = net.add([net.averagePool(padded, 3, { stride: 2 }), sep(p, 5, 2, 'right3')]);
  const x4 = net.add([x2, net.averagePool(x1, 3, { padding: 'same' })]);
  const x5 = net.add([sep(x1, 3, 1, 'left4'), largest]);
  return net.concat([x2, x3, x4, x5], `reduction_concat_${id}`);
}

/** The output of the cell before the last, made to fit beside the last: same plane, `filters` channels. */
function adjusted(net: Network, previous: Layer | undefined, x: Layer, filters: number, id: string): Layer {
  if (!previous) return x;
  const shrinks = previous.shape[0] !== x.shape[0];
  if (!shrinks && channels(previous) === filters) return previous;
  const active = net.relu(previous);
  if (!shrinks) {
    const projected = net.conv(active, filters, 1, { bias: false, name: `adjust_conv_projection_${id}` });
    return net.batchNorm(projected, epsilon, { name: `adjust_bn_${id}` });
  }
  const shifted = net.crop(net.zeroPad(active, [0, 0, 1, 1]), [1, 1, 0, 0]);
  const halves = [active, shifted].map((y, i) => {
    const thinned = net.averagePool(y, 1, { stride: 2 });
    return net.conv(thinned, filters / 2, 1, { bias: false, name: `adjust_conv_${i + 1}_${id}` });
  });
  return net.batchNorm(net.concat(halves), epsilon, { name: `adjust_bn_${id}` });
}

/** The last cell's output, brought to `filters` channels. */
function squeezed(net: Network, x: Layer, filters: number, cell: 'normal' | 'reduction', id: string): Layer {
  const y = net.conv(net.relu(x), filters, 1, { bias: false, name: `${cell}_conv_1_${id}` });
  return net.batchNorm(y, epsilon, { name: `${cell}_bn_1_${id}` });
}

/** Two rounds of ReLU, separable convolution and batch normalization; the first may halve the plane. */
function separable(net: Network, x: Layer, filters: number, kernel: number, stride: number, name: string): Layer {
  let y = net.relu(x);
  if (stride === 2) y = net.zeroPad(y, shrinkPads(y, kernel));
  const padding = stride === 2 ? 'valid' : 'same';
  y = net.separableConv(y, filters, kernel, { stride, padding, name: `separable_conv_1_${name}` });
  y = net.relu(net.batchNorm(y, epsilon, { name: `separable_conv_1_bn_${name}` }));
  y = net.separableConv(y, filters, kernel, { padding: 'same', name: `separable_conv_2_${name}` });
  return net.batchNorm(y, epsilon, { name: `separable_conv_2_bn_${name}` });
}

/** Zeros around a square plane before a window with stride 2. */
function shrinkPads(x: Layer, kernel: number): Pads {
  const after = Math.floor(kernel / 2);
  const before = (x.shape[0] as number) % 2 === 1 ? after : after - 1;
  return [before, before, after, after];
}
