import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const epsilon = 1.001e-5;

/**
 * ResNet (He et al., 2015): four stages of bottleneck blocks.
 * @param depths blocks in each stage.
 */
export function resnet(net: Network, depths: readonly [number, number, number, number]): Layer {
  let x = net.input(224, preprocessing.caffe);
  x = net.zeroPad(x, 3, 'conv1_pad');
  x = net.conv(x, 64, 7, { stride: 2, name: 'conv1_conv' });
  x = net.batchNorm(x, epsilon, { name: 'conv1_bn' });
  x = net.relu(x, 'conv1_relu');
  x = net.zeroPad(x, 1, 'pool1_pad');
  x = net.maxPool(x, 3, { stride: 2, name: 'pool1_pool' });
  depths.forEach((depth, stage) => {
    const filters = 64 * 2 ** stage;
    for (let b = 1; b <= depth; b++) {
      const stride = b === 1 && stage > 0 ? 2 : 1;
      x = block(net, x, filters, { stride, widens: b === 1, name: `conv${stage + 2}_block${b}` });
    }
  });
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

interface BlockOptions {
  /** Of the first convolution, as in the original Caffe networks. */
  readonly stride: number;
  /** The shortcut is a convolution instead of the identity. */
  readonly widens: boolean;
  readonly name: string;
}

function block(net: Network, x: Layer, filters: number, { stride, widens, name }: BlockOptions): Layer {
  const shortcut = widens ? convBn(net, x, 4 * filters, 1, `${name}_0`, stride) : x;
  let y = convBn(net, x, filters, 1, `${name}_1`, stride);
  y = net.relu(y, `${name}_1_relu`);
  y = convBn(net, y, filters, 3, `${name}_2`);
  y = net.relu(y, `${name}_2_relu`);
  y = convBn(net, y, 4 * filters, 1, `${name}_3`);
  return net.relu(net.add([shortcut, y], `${name}_add`), `${name}_out`);
}

function convBn(net: Network, x: Layer, filters: number, kernel: number, name: string, stride = 1): Layer {
  const y = net.conv(x, filters, kernel, { stride, padding: 'same', name: `${name}_conv` });
  return net.batchNorm(y, epsilon, { name: `${name}_bn` });
}
