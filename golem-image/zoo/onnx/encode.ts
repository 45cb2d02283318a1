import protobuf from 'protobufjs/light.js';
import type { Attribute, Initializer, Node, OnnxGraph, Port } from './graph.ts';
import { attributeType, dataType, GraphProto, handWritten, ModelProto, TensorProto } from './schema.ts';

const irVersion = 8;
const opset = 17;
/** protobuf's own limit for one message. */
const maxBytes = 2 ** 31 - 1;

/** An encoded model: its size is known before any weight is read, and its bytes come in pieces, one weight at a time. */
export interface EncodedModel {
  readonly bytes: number;
  /** Walks the file front to back. A piece may be a view on the weights themselves: use it before the next. */
  pieces(): Generator<Uint8Array>;
}

/**
 * The ONNX file of a graph (IR version 8, opset 17).
 * @param metadata becomes the model's metadata properties.
 * @throws Error when the file would pass protobuf's 2 GiB, or (while walking) when a weight has the wrong length.
 */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>>): EncodedModel {
  const model = ModelProto.encode({
    irVersion,
    producerName: 'mlg',
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }).finish();
  const body = GraphProto.encode({
    name: graph.name,
    node: graph.nodes.map(nodeMessage),
    input: graph.inputs.map(portMessage),
    output: graph.outputs.map(portMessage),
  }).finish();
  const tensors = graph.initializers.map(tensorHead);
  const graphBytes = body.length + tensors.reduce((sum, { head, rawBytes }) => sum + head.length + rawBytes, 0);
  const front = concat([model, lengthPrefix(handWritten.modelGraph, graphBytes), body]);
  const bytes = front.length - body.length + graphBytes;
  if (bytes > maxBytes) throw new Error(`Network ${graph.name} takes ${bytes} bytes, more than an ONNX file can hold.`);

  return {
    bytes,
    *pieces() {
      yield front;
      for (const { head, rawBytes, initializer } of tensors) {
        yield head;
        yield rawData(initializer, rawBytes);
      }
    },
  };
}

function nodeMessage({ op, inputs, output, attributes }: Node) {
  return {
    input: inputs,
    output: [output],
    name: output,
    opType: op,
    attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeValue(value) })),
  };
}

function attributeValue(value: Attribute) {
  if (typeof value === 'number') return { i: value, type: attributeType.int };
  if ('float' in value) return { f: value.float, type: attributeType.float };
  return { ints: value, type: attributeType.ints };
}

function portMessage({ name, type, shape }: Port) {
  const dim = shape.map((size) => (size === 'N' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: dataType[type], shape: { dim } } } };
}

/** What stands before a constant's numbers: field tags, lengths, name, type and shape. */
function tensorHead(initializer: Initializer) {
  const { name, shape, type } = initializer;
  const rawBytes = shape.reduce((product, size) => product * size, type === 'float' ? 4 : 8);
  const described = TensorProto.encode({ dims: shape, dataType: dataType[type], name }).finish();
  const rawPrefix = lengthPrefix(handWritten.tensorRawData, rawBytes);
  const tensorBytes = described.length + rawPrefix.length + rawBytes;
  const head = concat([lengthPrefix(handWritten.graphInitializer, tensorBytes), described, rawPrefix]);
  return { head, rawBytes, initializer };
}

/** ONNX wants little-endian numbers, which is what typed arrays hold on every platform that runs Node. */
function rawData({ name, data }: Initializer, expected: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = data();
  if (byteLength !== expected) throw new Error(`Weight ${name} has ${byteLength} bytes instead of ${expected}.`);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The tag of a length-delimited field (wire type 2) and the length. */
function lengthPrefix(field: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .uint32(length)
    .finish();
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
