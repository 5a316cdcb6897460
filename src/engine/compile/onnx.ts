import { ProtobufWriter } from './protobuf';

/** The parts of an ONNX model (onnx.proto, IR version 10) that compiled graphs are made of. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Shape and type of everything between inputs and outputs: without it sessions take several times longer to load. */
  readonly values: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly operator: string;
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An integer, a list of integers, a number that is stored as a float, or a word. */
export type Attribute = number | readonly number[] | { readonly float: number } | { readonly string: string };

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

/** A size, or the name of one that is known only when the graph runs. */
export type Dim = number | string;

export type ElementType = 'float' | 'double' | 'uint8' | 'int64' | 'bool' | 'float16' | 'bfloat16';

/** A constant: its bytes, or the place in a file where they lie. */
export interface OnnxInitializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly content:
    | Uint8Array
    | { readonly location: string; readonly offset: number; readonly length: number };
}

/** TensorProto.DataType. */
export const elementTypeCode: Readonly<Record<ElementType, number>> = {
  float: 1,
  uint8: 2,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
  bfloat16: 16,
};

const irVersion = 10;
const operatorSet = 24;
const microsoftOperatorSet = 1;

/** Encodes a graph as the bytes of a ModelProto. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const writer = new ProtobufWriter();
  writer.integer(1, irVersion);
  writer.string(2, 'whence');
  writer.message(7, (g) => writeGraph(g, graph));
  writer.message(8, (o) => {
    o.string(1, '');
    o.integer(2, operatorSet);
  });
  writer.message(8, (o) => {
    o.string(1, 'com.microsoft');
    o.integer(2, microsoftOperatorSet);
  });
  return writer.finish();
}

function writeGraph(writer: ProtobufWriter, graph: OnnxGraph): void {
  graph.nodes.forEach((node, index) => {
    writer.message(1, (w) => writeNode(w, node, index));
  });
  writer.string(2, 'graph');
  for (const initializer of graph.initializers) writer.message(5, (w) => writeInitializer(w, initializer));
  for (const value of graph.inputs) writer.message(11, (w) => writeValue(w, value));
  for (const value of graph.outputs) writer.message(12, (w) => writeValue(w, value));
  for (const value of graph.values) writer.message(13, (w) => writeValue(w, value));
}

function writeNode(writer: ProtobufWriter, node: OnnxNode, index: number): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  writer.string(3, `${node.operator}.${index}`);
  writer.string(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (w) => writeAttribute(w, name, value));
  }
  if (node.domain !== '') writer.string(7, node.domain);
}

/** AttributeProto: the value's field, then its type (1 float, 2 integer, 3 string, 7 integers). */
function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  writer.string(1, name);
  if (typeof value === 'number') {
    writer.integer(3, value);
    writer.integer(20, 2);
  } else if ('float' in value) {
    writer.float(2, value.float);
    writer.integer(20, 1);
  } else if ('string' in value) {
    writer.string(4, value.string);
    writer.integer(20, 3);
  } else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, 7);
  }
}

function writeInitializer(writer: ProtobufWriter, initializer: OnnxInitializer): void {
  for (const dim of initializer.dims) writer.integer(1, dim);
  writer.integer(2, elementTypeCode[initializer.type]);
  writer.string(8, initializer.name);
  const { content } = initializer;
  if (content instanceof Uint8Array) {
    writer.bytes(9, content);
    return;
  }
  const external: [string, string][] = [
    ['location', content.location],
    ['offset', String(content.offset)],
    ['length', String(content.length)],
  ];
  for (const [key, value] of external) {
    writer.message(13, (w) => {
      w.string(1, key);
      w.string(2, value);
    });
  }
  writer.integer(14, 1);
}

function writeValue(writer: ProtobufWriter, value: OnnxValue): void {
  writer.string(1, value.name);
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, elementTypeCode[value.type]);
      tensor.message(2, (shape) => {
        for (const dim of value.dims) {
          shape.message(1, (d) => (typeof dim === 'number' ? d.integer(1, dim) : d.string(2, dim)));
        }
      });
    }),
  );
}
