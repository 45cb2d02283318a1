import type { Padding, Pair } from '../geometry.ts';
import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

/** Inception-v3 (Szegedy et al., 2015). Filters and kernels are written as rows x columns, as in the paper. */
export function inceptionV3(net: Network): Layer {
  let x = inceptionStem(net);
  x = mixed35(net, x, 32, 'mixed0');
  x = mixed35(net, x, 64, 'mixed1');
  x = mixed35(net, x, 64, 'mixed2');
  x = net.concat(
    [
      convBn(net, x, 384, 3, { stride: 2, padding: 'valid' }),
      chain(net, x, [64, 1], [96, 3], [96, 3, { stride: 2, padding: 'valid' }]),
      net.maxPool(x, 3, { stride: 2 }),
    ],
    'mixed3',
  );
  x = mixed17(net, x, 128, 'mixed4');
  x = mixed17(net, x, 160, 'mixed5');
  x = mixed17(net, x, 160, 'mixed6');
  x = mixed17(net, x, 192, 'mixed7');
  x = net.concat(
    [
      chain(net, x, [192, 1], [320, 3, { stride: 2, padding: 'valid' }]),
      chain(net, x, [192, 1], [192, [1, 7]], [192, [7, 1]], [192, 3, { stride: 2, padding: 'valid' }]),
      net.maxPool(x, 3, { stride: 2 }),
    ],
    'mixed8',
  );
  x = mixed8(net, x, 'mixed9');
  x = mixed8(net, x, 'mixed10');
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

/** From 299 pixels to 35, shared with Inception-ResNet-v2. */
export function inceptionStem(net: Network): Layer {
  let x = net.input(299, preprocessing.tf);
  x = convBn(net, x, 32, 3, { stride: 2, padding: 'valid' });
  x = convBn(net, x, 32, 3, { padding: 'valid' });
  x = convBn(net, x, 64, 3);
  x = net.maxPool(x, 3, { stride: 2 });
  x = convBn(net, x, 80, 1, { padding: 'valid' });
  x = convBn(net, x, 192, 3, { padding: 'valid' });
  return net.maxPool(x, 3, { stride: 2 });
}

/** The block at 35 x 35. */
function mixed35(net: Network, x: Layer, pooled: number, name: string): Layer {
  return net.concat(
    [
      convBn(net, x, 64, 1),
      chain(net, x, [48, 1], [64, 5]),
      chain(net, x, [64, 1], [96, 3], [96, 3]),
      pooledConv(net, x, pooled),
    ],
    name,
  );
}

/** The block at 17 x 17, whose 7x7 convolutions are taken apart into rows and columns. */
function mixed17(net: Network, x: Layer, c: number, name: string): Layer {
  return net.concat(
    [
      convBn(net, x, 192, 1),
      chain(net, x, [c, 1], [c, [1, 7]], [192, [7, 1]]),
      chain(net, x, [c, 1], [c, [7, 1]], [c, [1, 7]], [c, [7, 1]], [192, [1, 7]]),
      pooledConv(net, x, 192),
    ],
    name,
  );
}

/** The block at 8 x 8, which spreads out into rows and columns side by side. */
function mixed8(net: Network, x: Layer, name: string): Layer {
  const fork = (y: Layer) => net.concat([convBn(net, y, 384, [1, 3]), convBn(net, y, 384, [3, 1])]);
  return net.concat(
    [
      convBn(net, x, 320, 1),
      fork(convBn(net, x, 384, 1)),
      fork(chain(net, x, [448, 1], [384, 3])),
      pooledConv(net, x, 192),
    ],
    name,
  );
}

export interface ConvBnOptions {
  readonly stride?: number;
  readonly padding?: Padding;
  readonly name?: string;
}

/** Convolution without bias, batch normalization without gamma, ReLU. */
export function convBn(
  net: Network,
  x: Layer,
  filters: number,
  kernel: number | Pair,
  { stride = 1, padding = 'same', name }: ConvBnOptions = {},
): Layer {
  const named = (suffix: string) => (name === undefined ? {} : { name: name + suffix });
  const y = net.conv(x, filters, kernel, { stride, padding, bias: false, ...named('') });
  return net.relu(net.batchNorm(y, 1e-3, { gamma: false, ...named('_bn') }), named('_ac').name);
}

/** One `convBn` after the other. */
export function chain(
  net: Network,
  x: Layer,
  ...steps: readonly (readonly [filters: number, kernel: number | Pair, options?: ConvBnOptions])[]
): Layer {
  return steps.reduce((y, [filters, kernel, options]) => convBn(net, y, filters, kernel, options), x);
}

export function pooledConv(net: Network, x: Layer, filters: number): Layer {
  return convBn(net, net.averagePool(x, 3, { padding: 'same' }), filters, 1);
}
