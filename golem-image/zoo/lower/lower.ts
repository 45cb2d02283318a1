import { addPads, noPads } from '../geometry.ts';
import type { Layer, Weights } from '../layer.ts';
import type { OnnxGraph } from '../onnx/graph.ts';
import { Context, hasKind, inputOf, isCropped, type Kind, type LayerOf, type View } from './context.ts';
import { isConv, lowerBatchNorm, lowerConv, lowerScaledAdd, lowerSeparableConv } from './convolution.ts';
import { lowerAveragePool, lowerMaxPool } from './pools.ts';

/**
 * A network with its weights as an ONNX graph: input `images` (uint8, [N, height, width, 3], RGB), outputs `logits`
 * and `probs` (float, [N, classes]). Preprocessing is inside; batch normalization is folded into the convolution
 * before it wherever that convolution feeds nothing else; inner tensors carry the names of the Keras layers.
 * @param layers all layers in the order of creation, inputs before their users.
 * @throws Error when layers are combined in a way that has no translation.
 */
export function lower(id: string, output: Layer, layers: readonly Layer[], weights: Weights): OnnxGraph {
  const context = new Context(id, output, layers, weights);
  for (const layer of layers) context.place(layer, lowerLayer(context, layer));
  const { graph } = context;
  const classes = output.shape[0] as number;
  graph.node('Softmax', ['logits'], 'probs', { axis: 1 });
  graph.output({ name: 'logits', type: 'float', shape: ['N', classes] });
  graph.output({ name: 'probs', type: 'float', shape: ['N', classes] });
  return graph;
}

/** How each kind of layer becomes nodes. Only a padding layer is a view; the others give the name of a tensor. */
const rules: { readonly [K in Kind]: (context: Context, layer: LayerOf<K>) => string | View } = {
  input: lowerInput,
  conv: lowerConv,
  depthwiseConv: lowerConv,
  separableConv: lowerSeparableConv,
  batchNorm: lowerBatchNorm,
  scaledAdd: lowerScaledAdd,
  maxPool: lowerMaxPool,
  averagePool: lowerAveragePool,
  pad: lowerPad,
  dense: lowerDense,
  flatten: lowerFlatten,
  globalAveragePool: lowerGlobalAveragePool,
  activation: (context, layer) =>
    context.activate(layer.operation.activation, context.settled(inputOf(layer)), context.tensorName(layer)),
  add: (context, layer) => context.graph.node('Add', settledInputs(context, layer), context.tensorName(layer)),
  concat: (context, layer) =>
    context.graph.node('Concat', settledInputs(context, layer), context.tensorName(layer), { axis: 1 }),
};

function lowerLayer(context: Context, layer: Layer): View {
  const rule = rules[layer.operation.kind] as (context: Context, layer: Layer) => string | View;
  const result = rule(context, layer);
  return typeof result === 'string' ? { tensor: result, pads: noPads } : result;
}

/** The first kernel divides by std. The mean cannot move there, because padding is zero after it is taken off. */
function lowerInput(context: Context, layer: LayerOf<'input'>): string {
  if (!feedsConvolutions(context, layer)) {
    throw new Error(`${layer.name}: only convolutions may use the images, as they do part of the preprocessing.`);
  }
  const { graph } = context;
  const { name, operation, shape } = layer;
  const [height, width, channels] = shape as [number, number, number];
  graph.input({ name: 'images', type: 'uint8', shape: ['N', height, width, channels] });
  const pixels = graph.node('Cast', ['images'], `${name}/float`, { to: 1 });
  const planes = graph.node('Transpose', [pixels], `${name}/planes`, { perm: [0, 3, 1, 2] });
  const mean = graph.floats(`${name}/mean`, [1, 3, 1, 1], () => Float32Array.from(operation.preprocessing.mean));
  return graph.node('Sub', [planes, mean], name);
}

function feedsConvolutions(context: Context, layer: Layer): boolean {
  return context
    .users(layer)
    .every((user) => isConv(user) || (hasKind(user, 'pad') && feedsConvolutions(context, user)));
}

function lowerPad(context: Context, layer: LayerOf<'pad'>): View {
  const before = context.view(inputOf(layer));
  const { pads } = layer.operation;
  if (isCropped(before.pads)) return { tensor: context.settled(inputOf(layer)), pads };
  return { tensor: before.tensor, pads: addPads(before.pads, pads) };
}

function lowerDense(context: Context, layer: LayerOf<'dense'>): string {
  const { activation } = layer.operation;
  const constants = layer.weights.map(({ name, shape }) =>
    context.graph.floats(`${layer.name}/${name}`, shape, () => context.required(layer, name)),
  );
  const inputs = [context.settled(inputOf(layer)), ...constants];
  const name = context.tensorName(layer);
  if (activation === 'linear') return context.graph.node('Gemm', inputs, name);
  return context.activate(activation, context.graph.node('Gemm', inputs, `${name}/linear`), name);
}

/** Keras flattens rows, columns, channels. To turn the activations spares us permuting the large kernel behind. */
function lowerFlatten(context: Context, layer: LayerOf<'flatten'>): string {
  const turned = context.graph.node('Transpose', settledInputs(context, layer), `${layer.name}/turned`, {
    perm: [0, 2, 3, 1],
  });
  return context.graph.node('Flatten', [turned], context.tensorName(layer), { axis: 1 });
}

function lowerGlobalAveragePool(context: Context, layer: LayerOf<'globalAveragePool'>): string {
  const means = context.graph.node('GlobalAveragePool', settledInputs(context, layer), `${layer.name}/mean`);
  return context.graph.node('Flatten', [means], context.tensorName(layer), { axis: 1 });
}

function settledInputs(context: Context, layer: Layer): string[] {
  return layer.inputs.map((input) => context.settled(input));
}
