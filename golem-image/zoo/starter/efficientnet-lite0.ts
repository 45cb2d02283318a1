import type { Layer } from '../layer.ts';
import { channels, type Network } from '../network.ts';
import type { Preprocessing } from '../preprocessing.ts';

/** `MEAN_RGB` and `STDDEV_RGB` of tensorflow/tpu, models/official/efficientnet/lite/efficientnet_lite_builder.py. */
const preprocessing: Preprocessing = { mean: [127, 127, 127], std: [128, 128, 128], channels: 'rgb' };
const epsilon = 1e-3;

/** Per stage: how many blocks, kernel size, stride of the first block, expansion of the channels, channels out. */
const stages = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
] as const;

/**
 * EfficientNet-Lite0: EfficientNet-B0 (Tan and Le 2019) without squeeze-and-excite, with ReLU6 for swish, and with
 * TensorFlow's "same" padding. Layers carry the names of the PyTorch checkpoint.
 */
export function efficientNetLite0(net: Network): Layer {
  let x = net.input(224, preprocessing);
  x = net.conv(x, 32, 3, { stride: 2, padding: 'same', bias: false, name: '_conv_stem' });
  x = normalized(net, x, '_bn0');
  let block = 0;
  for (const [repeats, kernel, firstStride, expansion, filters] of stages) {
    for (let i = 0; i < repeats; i++, block++) {
      const stride = i === 0 ? firstStride : 1;
      x = invertedResidual(net, x, { kernel, stride, expansion, filters, name: `_blocks.${block}` });
    }
  }
  x = net.conv(x, 1280, 1, { bias: false, name: '_conv_head' });
  x = normalized(net, x, '_bn1');
  return net.dense(net.globalAveragePool(x), 1000, { name: '_fc' });
}

interface Block {
  readonly kernel: number;
  readonly stride: number;
  readonly expansion: number;
  readonly filters: number;
  readonly name: string;
}

/** Widens, filters each channel, and narrows again, with a shortcut where input and output have the same shape. */
function invertedResidual(net: Network, input: Layer, { kernel, stride, expansion, filters, name }: Block): Layer {
  let x = input;
  if (expansion > 1) {
    x = net.conv(x, channels(input) * expansion, 1, { bias: false, name: `${name}._expand_conv` });
    x = normalized(net, x, `${name}._bn0`);
  }
  x = net.depthwiseConv(x, kernel, { stride, padding: 'same', bias: false, name: `${name}._depthwise_conv` });
  x = normalized(net, x, `${name}._bn1`);
  x = net.conv(x, filters, 1, { bias: false, name: `${name}._project_conv` });
  x = net.batchNorm(x, epsilon, { name: `${name}._bn2` });
  return stride === 1 && channels(input) === filters ? net.add([input, x], `${name}.add`) : x;
}

function normalized(net: Network, x: Layer, name: string): Layer {
  return net.relu6(net.batchNorm(x, epsilon, { name }), `${name}.relu6`);
}
