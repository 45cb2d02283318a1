import type { Layer } from '../layer.ts';
import type { Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const epsilon = 1.001e-5;

/**
 * ResNetV2 (He et al., 2016): bottleneck blocks whose normalization and activation come first.
 * @param depths blocks in each stage.
 */
export function resnetV2(net: Network, depths: readonly [number, number, number, number]): Layer {
  let x = net.input(224, preprocessing.tf);
  x = net.zeroPad(x, 3, 'conv1_pad');
  x = net.conv(x, 64, 7, { stride: 2, name: 'conv1_conv' });
  x = net.zeroPad(x, 1, 'pool1_pad');
  x = net.maxPool(x, 3, { stride: 2, name: 'pool1_pool' });
  depths.forEach((depth, stage) => {
    const filters = 64 * 2 ** stage;
    for (let b = 1; b <= depth; b++) {
      const stride = b === depth && stage < 3 ? 2 : 1;
      x = block(net, x, filters, { stride, widens: b === 1, name: `conv${stage + 2}_block${b}` });
    }
  });
  x = net.batchNorm(x, epsilon, { name: 'post_bn' });
  x = net.relu(x, 'post_relu');
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

interface BlockOptions {
  /** Of the 3x3 convolution. */
  readonly stride: number;
  /** The shortcut is a convolution, of the activated input; otherwise it is the input itself, thinned out. */
  readonly widens: boolean;
  readonly name: string;
}

function block(net: Network, x: Layer, filters: number, { stride, widens, name }: BlockOptions): Layer {
  const active = bnRelu(net, x, `${name}_preact`);
  let y = net.conv(active, filters, 1, { bias: false, name: `${name}_1_conv` });
  y = bnRelu(net, y, `${name}_1`);
  y = net.zeroPad(y, 1, `${name}_2_pad`);
  y = net.conv(y, filters, 3, { stride, bias: false, name: `${name}_2_conv` });
  y = bnRelu(net, y, `${name}_2`);
  y = net.conv(y, 4 * filters, 1, { name: `${name}_3_conv` });
  const thinned = () => (stride > 1 ? net.maxPool(x, 1, { stride }) : x);
  const shortcut = widens ? net.conv(active, 4 * filters, 1, { stride, name: `${name}_0_conv` }) : thinned();
  return net.add([shortcut, y], `${name}_out`);
}

function bnRelu(net: Network, x: Layer, name: string): Layer {
  return net.relu(net.batchNorm(x, epsilon, { name: `${name}_bn` }), `${name}_relu`);
}
