import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const epsilon = 1e-3;

/** Xception (Chollet, 2016): separable convolutions all the way, with shortcuts over groups of two or three. */
export function xception(net: Network): Layer {
  let x = net.input(299, preprocessing.tf);
  for (const [name, filters, stride] of [
    ['block1_conv1', 32, 2],
    ['block1_conv2', 64, 1],
  ] as const) {
    x = net.conv(x, filters, 3, { stride, bias: false, name });
    x = net.relu(net.batchNorm(x, epsilon, { name: `${name}_bn` }), `${name}_act`);
  }
  x = shrinkingBlock(net, x, 'block2', [128, 128]);
  x = shrinkingBlock(net, x, 'block3', [256, 256]);
  x = shrinkingBlock(net, x, 'block4', [728, 728]);
  for (let b = 5; b <= 12; b++) x = net.add([separableConvs(net, x, `block${b}`, [728, 728, 728]), x]);
  x = shrinkingBlock(net, x, 'block13', [728, 1024]);
  for (const [name, filters] of [
    ['block14_sepconv1', 1536],
    ['block14_sepconv2', 2048],
  ] as const) {
    x = net.relu(separableBn(net, x, name, filters), `${name}_act`);
  }
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

/** Halves rows and columns on both ways. */
function shrinkingBlock(net: Network, x: Layer, name: string, filters: readonly [number, number]): Layer {
  let shortcut = net.conv(x, filters[1], 1, { stride: 2, padding: 'same', bias: false });
  shortcut = net.batchNorm(shortcut, epsilon);
  const y = separableConvs(net, x, name, filters);
  return net.add([net.maxPool(y, 3, { stride: 2, padding: 'same', name: `${name}_pool` }), shortcut]);
}

/** Each convolution with its activation before it, except that block 2 starts without: block 1 ended with one. */
function separableConvs(net: Network, x: Layer, block: string, filters: readonly number[]): Layer {
  return filters.reduce((y, f, i) => {
    const name = `${block}_sepconv${i + 1}`;
    return separableBn(net, name === 'block2_sepconv1' ? y : net.relu(y, `${name}_act`), name, f);
  }, x);
}

function separableBn(net: Network, x: Layer, name: string, filters: number): Layer {
  const y = net.separableConv(x, filters, 3, { padding: 'same', name });
  return net.batchNorm(y, epsilon, { name: `${name}_bn` });
}
