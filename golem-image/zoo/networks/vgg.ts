import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const filters = [64, 128, 256, 512, 512];

/**
 * VGG (Simonyan and Zisserman 2014): five blocks of 3x3 convolutions, then three dense layers.
 * @param depths convolutions per block.
 */
export function vgg(net: Network, depths: readonly number[]): Layer {
  let x = net.input(224, preprocessing.caffe);
  for (const [b, depth] of depths.entries()) {
    for (let c = 1; c <= depth; c++) {
      const name = `block${b + 1}_conv${c}`;
      x = net.conv(x, filters[b] as number, 3, { padding: 'same', activation: 'relu', name });
    }
    x = net.maxPool(x, 2, { stride: 2, name: `block${b + 1}_pool` });
  }
  x = net.flatten(x, 'flatten');
  x = net.dense(x, 4096, { activation: 'relu', name: 'fc1' });
  x = net.dense(x, 4096, { activation: 'relu', name: 'fc2' });
  return net.dense(x, 1000, { name: 'predictions' });
}
