import type { Layer } from '../layer.ts';
import { channels, type Network } from '../network.ts';
import { chain, convBn, inceptionStem, pooledConv } from './inception-v3.ts';

const shrinking = { stride: 2, padding: 'valid' } as const;

/** Inception-ResNet-v2 (Szegedy et al., 2016). Kernels are written as rows x columns. */
export function inceptionResnetV2(net: Network): Layer {
  let x = inceptionStem(net);
  x = net.concat(
    [
      convBn(net, x, 96, 1),
      chain(net, x, [48, 1], [64, 5]),
      chain(net, x, [64, 1], [96, 3], [96, 3]),
      pooledConv(net, x, 64),
    ],
    'mixed_5b',
  );
  for (let b = 1; b <= 10; b++) x = net.relu(block35(net, x, `block35_${b}`), `block35_${b}_ac`);
  x = net.concat(
    [
      convBn(net, x, 384, 3, shrinking),
      chain(net, x, [256, 1], [256, 3], [384, 3, shrinking]),
      net.maxPool(x, 3, { stride: 2 }),
    ],
    'mixed_6a',
  );
  for (let b = 1; b <= 20; b++) x = net.relu(block17(net, x, `block17_${b}`), `block17_${b}_ac`);
  x = net.concat(
    [
      chain(net, x, [256, 1], [384, 3, shrinking]),
      chain(net, x, [256, 1], [288, 3, shrinking]),
      chain(net, x, [256, 1], [288, 3], [320, 3, shrinking]),
      net.maxPool(x, 3, { stride: 2 }),
    ],
    'mixed_7a',
  );
  for (let b = 1; b <= 9; b++) x = net.relu(block8(net, x, 0.2, `block8_${b}`), `block8_${b}_ac`);
  x = block8(net, x, 1, 'block8_10');
  x = convBn(net, x, 1536, 1, { name: 'conv_7b' });
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

function block35(net: Network, x: Layer, name: string): Layer {
  const branches = [convBn(net, x, 32, 1), chain(net, x, [32, 1], [32, 3]), chain(net, x, [32, 1], [48, 3], [64, 3])];
  return residual(net, x, branches, 0.17, name);
}

function block17(net: Network, x: Layer, name: string): Layer {
  const branches = [convBn(net, x, 192, 1), chain(net, x, [128, 1], [160, [1, 7]], [192, [7, 1]])];
  return residual(net, x, branches, 0.1, name);
}

function block8(net: Network, x: Layer, scale: number, name: string): Layer {
  const branches = [convBn(net, x, 192, 1), chain(net, x, [192, 1], [224, [1, 3]], [256, [3, 1]])];
  return residual(net, x, branches, scale, name);
}

/** Adds the branches, brought to the width of `x`, to a fraction of their strength. */
function residual(net: Network, x: Layer, branches: readonly Layer[], scale: number, name: string): Layer {
  const mixed = net.concat(branches, `${name}_mixed`);
  return net.scaledAdd(x, net.conv(mixed, channels(x), 1, { name: `${name}_conv` }), scale);
}
