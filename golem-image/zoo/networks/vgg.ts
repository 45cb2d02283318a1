import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

/**
 * VGG (Simonyan and Zisserman, 2014): five blocks of 3x3 convolutions, then three dense layers.
 * @param depths convolutions in each block.
 */
export function vgg(net: Network, depths: readonly [number, number, number, number, number]): Layer {
  let x = net.input(224, preprocessing.caffe);
  depths.forEach((depth, b) => {
    const filters = Math.min(64 * 2 ** b, 512);
    for (let c = 1; c <= depth; c++) {
      x = net.conv(x, filters, 3, { padding: 'same', activation: 'relu', name: `block${b + 1}_conv${c}` });
    }
    x = net.maxPool(x, 2, { stride: 2, name: `block${b + 1}_pool` });
  });
  x = net.flatten(x, 'flatten');
  x = net.dense(x, 4096, { activation: 'relu', name: 'fc1' });
  x = net.dense(x, 4096, { activation: 'relu', name: 'fc2' });
  return net.dense(x, 1000, { name: 'predictions' });
}
