import { isPadded, noPads, type Pads } from '../geometry.ts';
import { weightedLayers } from '../keras-order.ts';
import type { Layer, Operation, Weights } from '../layer.ts';
import { OnnxGraph } from '../onnx/graph.ts';

export type Kind = Operation['kind'];
export type LayerOf<K extends Kind> = Layer & { readonly operation: Extract<Operation, { kind: K }> };

/** An ONNX tensor seen through zero padding (negative: cropping) that no node has done yet. */
export interface View {
  readonly tensor: string;
  readonly pads: Pads;
}

/** What is known while a network is being translated: the graph so far, and where each layer's output stands in it. */
export class Context {
  readonly graph: OnnxGraph;
  readonly output: Layer;
  readonly #views = new Map<Layer, View>();
  readonly #users = new Map<Layer, Layer[]>();
  readonly #positions: Map<Layer, number>;
  readonly #weights: Weights;

  constructor(id: string, output: Layer, layers: readonly Layer[], weights: Weights) {
    this.graph = new OnnxGraph(id);
    this.output = output;
    this.#weights = weights;
    this.#positions = new Map(weightedLayers(output).map((layer, position) => [layer, position]));
    for (const layer of layers) {
      for (const input of layer.inputs) this.#users.set(input, [...(this.#users.get(input) ?? []), layer]);
    }
  }

  /** The tensor that holds a layer's output. The network's last layer gives the logits. */
  tensorName(layer: Layer): string {
    return layer === this.output ? 'logits' : layer.name;
  }

  place(layer: Layer, view: View): void {
    this.#views.set(layer, view);
  }

  view(layer: Layer): View {
    const view = this.#views.get(layer);
    if (!view) throw new Error(`Layer ${layer.name} is used before it is made.`);
    return view;
  }

  /** The tensor with its padding really done, for operators that cannot pad by themselves. */
  settled(layer: Layer): string {
    const { tensor, pads } = this.view(layer);
    if (!isPadded(pads)) return tensor;
    const [top, left, bottom, right] = pads;
    const amounts = this.graph.integers(`${layer.name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
    const padded = this.graph.node('Pad', [tensor, amounts], layer.name);
    this.place(layer, { tensor: padded, pads: noPads });
    return padded;
  }

  /** A view that an operator with `pads` can take in: padding stays a view, cropping is done. */
  paddable(layer: Layer): View {
    const view = this.view(layer);
    return isCropped(view.pads) ? { tensor: this.settled(layer), pads: noPads } : view;
  }

  users(layer: Layer): readonly Layer[] {
    return this.#users.get(layer) ?? [];
  }

  /** The only layer that uses this one, if there is exactly one. */
  soleUser(layer: Layer): Layer | undefined {
    const [first, ...others] = this.users(layer);
    return others.length === 0 ? first : undefined;
  }

  /** Reads one of the layer's arrays by its name in Keras; undefined if the layer has none of that name. */
  array(layer: Layer, name: string): Float32Array | undefined {
    return layer.weights.some((weight) => weight.name === name) ? this.required(layer, name) : undefined;
  }

  /** Like `array`, for arrays that the layer must have. */
  required(layer: Layer, name: string): Float32Array {
    const shape = shapeOf(layer, name);
    const position = this.#positions.get(layer);
    if (position === undefined) throw new Error(`Layer ${layer.name} does not lead to the output.`);
    const index = layer.weights.findIndex((weight) => weight.name === name);
    const values = this.#weights(position, index, shape);
    const expected = shape.reduce((product, size) => product * size, 1);
    if (values.length !== expected) {
      throw new Error(`${layer.name}/${name} has ${values.length} numbers instead of ${expected}.`);
    }
    return values;
  }

  activate(activation: 'relu' | 'relu6', tensor: string, name: string): string {
    if (activation === 'relu') return this.graph.node('Relu', [tensor], name);
    const low = this.graph.floats(`${name}/low`, [], () => Float32Array.of(0));
    const high = this.graph.floats(`${name}/high`, [], () => Float32Array.of(6));
    return this.graph.node('Clip', [tensor, low, high], name);
  }
}

export function isCropped(pads: Pads): boolean {
  return pads.some((side) => side < 0);
}

/** The shape of a layer's array, by its name in Keras. */
export function shapeOf(layer: Layer, name: string): readonly number[] {
  const found = layer.weights.find((weight) => weight.name === name);
  if (!found) throw new Error(`Layer ${layer.name} has no ${name}.`);
  return found.shape;
}

/** The input of a layer that has one. */
export function inputOf(layer: Layer): Layer {
  const [input] = layer.inputs;
  if (!input) throw new Error(`Layer ${layer.name} has no input.`);
  return input;
}

export function hasKind<K extends Kind>(layer: Layer | undefined, kind: K): layer is LayerOf<K> {
  return layer?.operation.kind === kind;
}
