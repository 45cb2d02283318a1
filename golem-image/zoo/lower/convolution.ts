import { batchNormFactors, foldedBias, type KernelFactors, scaled, toOnnxKernel } from '../fold.ts';
import { addPads, noPads, type Pads } from '../geometry.ts';
import type { Activation, Layer, Window } from '../layer.ts';
import { type Context, hasKind, inputOf, type LayerOf, shapeOf } from './context.ts';

type Conv = LayerOf<'conv' | 'depthwiseConv'>;
type AnyConv = Conv | LayerOf<'separableConv'>;
/** What comes after a convolution and becomes part of its kernel and bias. */
type Absorbed = LayerOf<'batchNorm'> | LayerOf<'scaledAdd'>;

export function lowerConv(context: Context, layer: Conv): string {
  const absorbed = absorbedBy(context, layer);
  const { tensor, window } = entrance(context, layer);
  const factors = () => ({ ...inputFactors(layer), outputs: outputFactors(context, absorbed) });
  const kernel = kernelOf(context, layer, 'kernel', factors);
  const constants = [kernel, ...biasOf(context, layer, absorbed)];
  const groups = hasKind(layer, 'depthwiseConv') ? (layer.shape[2] as number) : 1;
  return convolve(context, layer, [tensor, ...constants], window, groups, layer.operation.activation);
}

/** A depthwise convolution, then a pointwise one that takes in the batch normalization. */
export function lowerSeparableConv(context: Context, layer: LayerOf<'separableConv'>): string {
  const { graph } = context;
  const absorbed = absorbedBy(context, layer);
  const { tensor, window } = entrance(context, layer);
  const depthwise = kernelOf(context, layer, 'depthwise_kernel', () => inputFactors(layer));
  const attributes = { ...windowAttributes(window), group: inputOf(layer).shape[2] as number };
  const spread = graph.node('Conv', [tensor, depthwise], `${layer.name}/depthwise`, attributes);
  const pointwise = kernelOf(context, layer, 'pointwise_kernel', () => ({ outputs: outputFactors(context, absorbed) }));
  const constants = [pointwise, ...biasOf(context, layer, absorbed)];
  return convolve(
    context,
    layer,
    [spread, ...constants],
    { kernel: [1, 1], stride: [1, 1], pads: noPads },
    1,
    'linear',
  );
}

/** Either nothing, because the convolution before has taken it in, or a node of its own. */
export function lowerBatchNorm(context: Context, layer: LayerOf<'batchNorm'>): string {
  const before = inputOf(layer);
  if (isConv(before) && absorbedBy(context, before) === layer) return context.settled(before);
  const channels = layer.shape[2] as number;
  const vector = (name: string, data: () => Float32Array) =>
    context.graph.floats(`${layer.name}/${name}`, [channels], data);
  const inputs = [
    context.settled(before),
    vector('gamma', () => context.array(layer, 'gamma') ?? new Float32Array(channels).fill(1)),
    ...['beta', 'moving_mean', 'moving_variance'].map((name) => vector(name, () => context.required(layer, name))),
  ];
  const epsilon = { float: layer.operation.epsilon };
  return context.graph.node('BatchNormalization', inputs, context.tensorName(layer), { epsilon });
}

/** A plain sum: the branch's last convolution has taken in the scale. */
export function lowerScaledAdd(context: Context, layer: LayerOf<'scaledAdd'>): string {
  const [x, branch] = layer.inputs;
  if (!x || !branch || !isConv(branch) || absorbedBy(context, branch) !== layer) {
    throw new Error(`${layer.name}: a scaled branch must end in a linear convolution that nothing else uses.`);
  }
  return context.graph.node('Add', [context.settled(x), context.settled(branch)], context.tensorName(layer));
}

function absorbedBy(context: Context, layer: AnyConv): Absorbed | undefined {
  const user = context.soleUser(layer);
  const linear = hasKind(layer, 'separableConv') || layer.operation.activation === 'linear';
  if (!linear) return undefined;
  if (hasKind(user, 'batchNorm')) return user;
  return hasKind(user, 'scaledAdd') && user.inputs[0] !== layer ? user : undefined;
}

export function isConv(layer: Layer): layer is AnyConv {
  return hasKind(layer, 'conv') || hasKind(layer, 'depthwiseConv') || hasKind(layer, 'separableConv');
}

/** The tensor that goes in, and the window with the padding that comes with it. */
function entrance(context: Context, layer: AnyConv): { tensor: string; window: Window } {
  const { tensor, pads } = context.paddable(inputOf(layer));
  const { kernel, stride } = layer.operation;
  return { tensor, window: { kernel, stride, pads: addPads(pads, layer.operation.pads) } };
}

function convolve(
  context: Context,
  layer: AnyConv,
  inputs: readonly string[],
  window: Window,
  groups: number,
  activation: Activation,
): string {
  const attributes = groups === 1 ? windowAttributes(window) : { ...windowAttributes(window), group: groups };
  const name = context.tensorName(layer);
  if (activation === 'linear') return context.graph.node('Conv', inputs, name, attributes);
  return context.activate(activation, context.graph.node('Conv', inputs, `${name}/linear`, attributes), name);
}

export function windowAttributes({ kernel, stride, pads }: Window): Record<string, readonly number[]> {
  return { kernel_shape: kernel, strides: stride, pads: pads satisfies Pads };
}

function kernelOf(context: Context, layer: AnyConv, name: string, factors: () => KernelFactors): string {
  const [height, width, a, b] = shapeOf(layer, name) as readonly [number, number, number, number];
  const depthwise = hasKind(layer, 'depthwiseConv') || name === 'depthwise_kernel';
  const [ins, outs] = depthwise ? [b, a] : [a, b];
  return context.graph.floats(`${layer.name}/${name}`, [outs, ins, height, width], () =>
    toOnnxKernel(context.required(layer, name), [height, width, ins, outs], factors()),
  );
}

function biasOf(context: Context, layer: AnyConv, absorbed: Absorbed | undefined): string[] {
  const channels = layer.shape[2] as number;
  const bias = () => context.array(layer, 'bias');
  const constant = (data: () => Float32Array) => [context.graph.floats(`${layer.name}/bias`, [channels], data)];
  if (hasKind(absorbed, 'batchNorm')) {
    return constant(() => {
      const [beta, mean] = [context.required(absorbed, 'beta'), context.required(absorbed, 'moving_mean')];
      return foldedBias(bias(), beta, mean, batchNormScale(context, absorbed));
    });
  }
  if (!layer.weights.some(({ name }) => name === 'bias')) return [];
  const scale = hasKind(absorbed, 'scaledAdd') ? absorbed.operation.scale : 1;
  return constant(() => scaled(context.required(layer, 'bias'), scale));
}

function outputFactors(context: Context, absorbed: Absorbed | undefined): Float64Array | undefined {
  if (hasKind(absorbed, 'batchNorm')) return batchNormScale(context, absorbed);
  if (!absorbed) return undefined;
  return new Float64Array(absorbed.shape[2] as number).fill(absorbed.operation.scale);
}

function batchNormScale(context: Context, layer: LayerOf<'batchNorm'>): Float64Array {
  const gamma = context.array(layer, 'gamma');
  return batchNormFactors(gamma, context.required(layer, 'moving_variance'), layer.operation.epsilon);
}

/** A convolution on the input image does the rest of the preprocessing: division by std, order of channels. */
function inputFactors(layer: AnyConv): KernelFactors {
  let source = inputOf(layer);
  while (hasKind(source, 'pad')) source = inputOf(source);
  if (!hasKind(source, 'input')) return {};
  const { std, channels } = source.operation.preprocessing;
  return { inputDivisors: std, reversed: channels === 'bgr' };
}
