import type { Layer } from '../layer.ts';
import { channels, type Network } from '../network.ts';
import { preprocessing } from '../preprocessing.ts';

const epsilon = 1.001e-5;
const growth = 32;

/**
 * DenseNet-BC (Huang et al., 2016): every layer sees the outputs of all layers before it in its block.
 * @param depths layers in each dense block.
 */
export function densenet(net: Network, depths: readonly [number, number, number, number]): Layer {
  let x = net.input(224, preprocessing.torch);
  x = net.zeroPad(x, 3);
  x = net.conv(x, 64, 7, { stride: 2, bias: false, name: 'conv1_conv' });
  x = bnRelu(net, x, 'conv1_bn', 'conv1_relu');
  x = net.zeroPad(x, 1);
  x = net.maxPool(x, 3, { stride: 2, name: 'pool1' });
  depths.forEach((depth, stage) => {
    if (stage > 0) x = transition(net, x, `pool${stage + 1}`);
    for (let b = 1; b <= depth; b++) x = denseLayer(net, x, `conv${stage + 2}_block${b}`);
  });
  x = bnRelu(net, x, 'bn', 'relu');
  x = net.globalAveragePool(x, 'avg_pool');
  return net.dense(x, 1000, { name: 'predictions' });
}

function denseLayer(net: Network, x: Layer, name: string): Layer {
  let y = bnRelu(net, x, `${name}_0_bn`, `${name}_0_relu`);
  y = net.conv(y, 4 * growth, 1, { bias: false, name: `${name}_1_conv` });
  y = bnRelu(net, y, `${name}_1_bn`, `${name}_1_relu`);
  y = net.conv(y, growth, 3, { padding: 'same', bias: false, name: `${name}_2_conv` });
  return net.concat([x, y], `${name}_concat`);
}

/** Halves channels, rows and columns. */
function transition(net: Network, x: Layer, name: string): Layer {
  let y = bnRelu(net, x, `${name}_bn`, `${name}_relu`);
  y = net.conv(y, Math.floor(channels(x) / 2), 1, { bias: false, name: `${name}_conv` });
  return net.averagePool(y, 2, { stride: 2, name: `${name}_pool` });
}

function bnRelu(net: Network, x: Layer, bnName: string, reluName: string): Layer {
  return net.relu(net.batchNorm(x, epsilon, { name: bnName }), reluName);
}
