/** A number is an INT attribute, an array INTS, and `{ float }` a FLOAT. */
export type Attribute = number | readonly number[] | { readonly float: number };

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant tensor. Its numbers are asked for when the model is written, and not kept: they may be large. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: () => Float32Array | BigInt64Array;
  readonly type: 'float' | 'int64';
}

/** A graph input or output; `'N'` is the batch, whose size is free. */
export interface Port {
  readonly name: string;
  readonly type: 'float' | 'uint8';
  readonly shape: readonly (number | 'N')[];
}

/**
 * An ONNX graph that grows node by node. Every name is given once and is known before it is used, so the nodes are
 * always in an order in which they can run.
 */
export class OnnxGraph {
  readonly name: string;
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  readonly #names = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  input(port: Port): string {
    this.inputs.push(port);
    return this.#declare(port.name);
  }

  /** Adds a node with one output of this name and gives the name back. */
  node(op: string, inputs: readonly string[], output: string, attributes: Record<string, Attribute> = {}): string {
    for (const input of inputs) this.#expect(input, output);
    this.nodes.push({ op, inputs, output, attributes });
    return this.#declare(output);
  }

  /** A float32 constant of this shape, row-major. */
  floats(name: string, shape: readonly number[], data: () => Float32Array): string {
    this.initializers.push({ name, shape, data, type: 'float' });
    return this.#declare(name);
  }

  /** A vector of int64, as operators take for pads or axes. */
  integers(name: string, values: readonly number[]): string {
    const data = () => BigInt64Array.from(values, BigInt);
    this.initializers.push({ name, shape: [values.length], data, type: 'int64' });
    return this.#declare(name);
  }

  output(port: Port): void {
    this.#expect(port.name, 'the outputs');
    this.outputs.push(port);
  }

  #declare(name: string): string {
    if (this.#names.has(name)) throw new Error(`Graph ${this.name} has two tensors named ${name}.`);
    this.#names.add(name);
    return name;
  }

  #expect(name: string, user: string): void {
    if (!this.#names.has(name)) throw new Error(`Graph ${this.name}: ${user} needs ${name}, which does not exist yet.`);
  }
}
