import { type PackedMatrix, packedBlock } from '../checkpoint/gguf/pack';
import {
  type Attribute,
  type ElementType,
  elementTypeCode,
  encodeModel,
  type OnnxInitializer,
  type OnnxNode,
} from './onnx';
import { broadcast, plus, reshapeTarget, type Shape } from './shape';
import type { Weights } from './weights';

/** A tensor in a graph under construction. */
export interface Wire {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: Shape;
}

/** What a graph computes in: `double` is the oracle that gradients are tested with. */
export type Precision = 'float' | 'double';

/** A finished graph: bytes for a session, and what its inputs and outputs mean. */
export interface CompiledGraph {
  readonly model: Uint8Array;
  readonly inputs: readonly string[];
  /** By what was asked for, the name of the output that holds it, or of the input that already is it. */
  readonly outputs: ReadonlyMap<string, string>;
  /** True when nothing is computed: every output is an input. */
  readonly empty: boolean;
  /** True when it multiplies matrices as their file quantises them, which kernels do in an order of their own. */
  readonly packed: boolean;
}

/**
 * Builds one ONNX graph. Every method adds a node, works out the type and shape of what it gives, and returns it as a
 * wire. Nodes that no output depends on are dropped at the end, so callers emit freely.
 */
export class Emitter {
  private readonly nodes: OnnxNode[] = [];
  /** Conversions of weights. First in node order, each runs just before it is used and its result is freed after. */
  private readonly casts: OnnxNode[] = [];
  private readonly wires = new Map<string, Wire>();
  /** By what a node computes, its output: nothing is computed twice. */
  private readonly known = new Map<string, Wire>();
  /** By the name of a reshaped wire, the one it was made from. */
  private readonly unshaped = new Map<string, Wire>();
  private readonly initializers = new Map<string, OnnxInitializer>();
  private readonly inputs = new Map<string, Wire>();
  private readonly outputs = new Map<string, Wire>();

  constructor(
    protected readonly weights: Weights,
    readonly precision: Precision = 'float',
  ) {}

  input(name: string, type: ElementType, dims: Shape): Wire {
    const known = this.inputs.get(name);
    if (known) return known;
    const wire = { name, type, dims };
    this.inputs.set(name, wire);
    return wire;
  }

  /** Asks for a wire under a label of the caller's; several labels may share a wire. */
  output(label: string, wire: Wire): void {
    this.outputs.set(label, wire);
  }

  /** A node with one output. */
  node(
    operator: string,
    inputs: readonly Wire[],
    attributes: Readonly<Record<string, Attribute>>,
    type: ElementType,
    dims: Shape,
    domain: OnnxNode['domain'] = '',
  ): Wire {
    const names = inputs.map(({ name }) => name);
    const meaning = JSON.stringify([operator, domain, names, attributes]);
    const known = this.known.get(meaning);
    if (known) return known;
    const wire = this.wire(type, dims);
    this.nodes.push({ operator, domain, inputs: names, outputs: [wire.name], attributes });
    this.known.set(meaning, wire);
    return wire;
  }

  /** A tensor of the checkpoint in the graph's precision, mapped from its file. */
  weight(name: string, shape: readonly number[]): Wire {
    const known = this.wires.get(name);
    if (known) return known;
    const stored = this.storedWeight(name, shape);
    const wire: Wire = { name, type: this.precision, dims: shape };
    if (stored.type === this.precision) return stored;
    const attributes = { to: elementTypeCode[this.precision] };
    this.casts.push({ operator: 'Cast', domain: '', inputs: [stored.name], outputs: [name], attributes });
    this.wires.set(name, wire);
    return wire;
  }

  /** A tensor of the checkpoint in the type it is stored in. */
  storedWeight(name: string, shape: readonly number[]): Wire {
    const tensor = this.weights.find(name, shape);
    const type = storedTypes[tensor.dtype];
    const stored = `${name}:stored`;
    this.initializers.set(stored, {
      name: stored,
      type,
      dims: tensor.shape,
      content: { location: this.weights.locate(tensor), offset: tensor.offset, length: tensor.bytes },
    });
    return { name: stored, type, dims: shape };
  }

  /** x through a matrix of the checkpoint, [outputs, inputs] if transposed. */
  product(x: Wire, weight: string, shape: readonly number[], transposed: boolean): Wire {
    return this.matmul(x, this.weight(weight, shape), { transposeB: transposed });
  }

  /**
   * x through a matrix as its file quantises it: x is rounded to 8 bits in runs of 32, and whole numbers are multiplied.
   */
  packedProduct(x: Wire, name: string, matrix: PackedMatrix): Wire {
    const [outputs, inputs] = matrix.shape as [number, number];
    const part = (what: 'weights' | 'scales', type: ElementType, dims: readonly number[]): Wire => {
      const wire = { name: `${name}:${what}`, type, dims };
      const { offset, bytes: length } = matrix[what];
      const content = { location: this.weights.locate(matrix), offset, length };
      this.initializers.set(wire.name, { ...wire, content });
      return wire;
    };
    const blocks = inputs / packedBlock;
    const weights = part('weights', 'uint8', [outputs, blocks, (packedBlock * matrix.bits) / 8]);
    const scales = part('scales', 'float', [outputs, blocks]);
    const eightBits = 4;
    const attributes = {
      K: inputs,
      N: outputs,
      bits: matrix.bits,
      block_size: packedBlock,
      accuracy_level: eightBits,
    };
    const dims = x.dims.with(-1, outputs);
    return this.node(packedOperator, [x, weights, scales], attributes, x.type, dims, 'com.microsoft');
  }

  /** A number in the graph's precision. */
  number(value: number): Wire {
    const bytes = this.precision === 'float' ? Float32Array.of(value) : Float64Array.of(value);
    return this.constant(`number:${value}`, this.precision, [], bytes);
  }

  integer(value: number): Wire {
    return this.constant(`integer:${value}`, 'int64', [], BigInt64Array.of(BigInt(value)));
  }

  integers(values: readonly number[]): Wire {
    return this.constant(`integers:${values}`, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  unary(operator: string, x: Wire): Wire {
    return this.node(operator, [x], {}, x.type, x.dims);
  }

  binary(operator: string, a: Wire, b: Wire, type: ElementType = a.type): Wire {
    return this.node(operator, [a, b], {}, type, broadcast(a.dims, b.dims));
  }

  add(a: Wire, b: Wire): Wire {
    return this.binary('Add', a, b);
  }

  subtract(a: Wire, b: Wire): Wire {
    return this.binary('Sub', a, b);
  }

  multiply(a: Wire, b: Wire): Wire {
    return this.binary('Mul', a, b);
  }

  divide(a: Wire, b: Wire): Wire {
    return this.binary('Div', a, b);
  }

  /** x times a number; x itself when the number is 1. */
  scale(x: Wire, factor: number): Wire {
    return factor === 1 ? x : this.multiply(x, this.number(factor));
  }

  cast(x: Wire, type: Precision): Wire {
    if (x.type === type) return x;
    return this.node('Cast', [x], { to: elementTypeCode[type] }, type, x.dims);
  }

  /** Matrix product over the last two dimensions, with either side transposed and the result scaled. */
  matmul(
    a: Wire,
    b: Wire,
    options: { transposeA?: boolean; transposeB?: boolean; scale?: number } = {},
  ): Wire {
    const { transposeA = false, transposeB = false, scale = 1 } = options;
    // The fused kernel is slow at transposing its left side: twice the product of a pattern of 384 positions. So that
    // stands on the right, as it is, and what is small, the other side and the product, is transposed.
    if (transposeA) {
      const right = transposeB ? b : this.swapLast(b);
      return this.swapLast(this.matmul(right, a, { scale }));
    }
    // The fused kernel, which reads a transposed weight where it lies, exists for fp32 only.
    if (this.precision === 'double') {
      const right = transposeB ? this.swapLast(b) : b;
      return this.scale(this.node('MatMul', [a, right], {}, a.type, productShape(a.dims, right.dims)), scale);
    }
    const dims = productShape(a.dims, transposeB ? swapped(b.dims) : b.dims);
    if (!transposeB && scale === 1) return this.node('MatMul', [a, b], {}, a.type, dims);
    const attributes = { transA: 0, transB: Number(transposeB), alpha: { float: scale } };
    return this.node('FusedMatMul', [a, b], attributes, a.type, dims, 'com.microsoft');
  }

  reshape(x: Wire, dims: Shape): Wire {
    const unshaped = this.unshaped.get(x.name) ?? x;
    for (const same of [x, unshaped]) if (String(same.dims) === String(dims)) return same;
    const wire = this.node('Reshape', [x, this.integers(reshapeTarget(x.dims, dims))], {}, x.type, dims);
    this.unshaped.set(wire.name, unshaped);
    return wire;
  }

  transpose(x: Wire, order: readonly number[]): Wire {
    return this.node(
      'Transpose',
      [x],
      { perm: order },
      x.type,
      order.map((axis) => x.dims[axis]!),
    );
  }

  concat(parts: readonly Wire[], axis: number): Wire {
    const first = parts[0]!;
    const at = axis < 0 ? first.dims.length + axis : axis;
    const size = parts.map(({ dims }) => dims[at]!).reduce(plus);
    return this.node('Concat', parts, { axis }, first.type, first.dims.with(at, size));
  }

  /** The part of x from `start` up to `end` along an axis, every `step`th. */
  slice(x: Wire, axis: number, start: number, end: number, step = 1): Wire {
    const at = axis < 0 ? x.dims.length + axis : axis;
    const bounds = [start, end, at, step].map((value) => this.integers([value]));
    return this.node('Slice', [x, ...bounds], {}, x.type, x.dims.with(at, Math.ceil((end - start) / step)));
  }

  /** Sum or mean over axes, which stay as dimensions of 1. */
  reduce(operator: 'ReduceMean' | 'ReduceSum', x: Wire, axes: readonly number[]): Wire {
    const reduced = axes.map((axis) => (axis < 0 ? x.dims.length + axis : axis));
    const dims = x.dims.map((dim, axis) => (reduced.includes(axis) ? 1 : dim));
    return this.node(operator, [x, this.integers(reduced)], { keepdims: 1 }, x.type, dims);
  }

  softmax(x: Wire): Wire {
    return this.node('Softmax', [x], { axis: -1 }, x.type, x.dims);
  }

  /** Rows of a table, by index. */
  gather(table: Wire, indices: Wire): Wire {
    const dims = [...indices.dims, ...table.dims.slice(1)];
    return this.node('Gather', [table, indices], { axis: 0 }, table.type, dims);
  }

  /** `chosen` where the condition holds, `otherwise` elsewhere. */
  where(condition: Wire, chosen: Wire, otherwise: Wire): Wire {
    const dims = broadcast(condition.dims, broadcast(chosen.dims, otherwise.dims));
    return this.node('Where', [condition, chosen, otherwise], {}, otherwise.type, dims);
  }

  /** The size of a dimension, as an integer [1]: an input's of that name if there is one, which needs nothing to be computed. */
  size(x: Wire, axis: number): Wire {
    const dim = x.dims[axis]!;
    if (typeof dim === 'number') return this.integers([dim]);
    const from = [...this.inputs.values()].find(({ dims }) => dims.includes(dim)) ?? x;
    const start = from === x ? axis : from.dims.indexOf(dim);
    return this.node('Shape', [from], { start, end: start + 1 }, 'int64', [1]);
  }

  /** The integers from 0 up to a size [1], as [name]. */
  range(size: Wire, name: Shape[number]): Wire {
    const limit = this.reshape(size, []);
    return this.node('Range', [this.integer(0), limit, this.integer(1)], {}, 'int64', [name]);
  }

  /** Drops what no output needs and encodes the rest. */
  finish(): CompiledGraph {
    const outputs = [...new Set(this.outputs.values())].filter(({ name }) => !this.inputs.has(name));
    const needed = new Set(outputs.map(({ name }) => name));
    const nodes = keepNeeded(this.nodes, needed);
    const casts = keepNeeded(this.casts, needed);
    const inputs = [...this.inputs.values()].filter(({ name }) => needed.has(name));
    const model = encodeModel({
      nodes: [...casts, ...nodes],
      initializers: [...this.initializers.values()].filter(({ name }) => needed.has(name)),
      inputs,
      outputs,
      values: [...this.wires.values()].filter((wire) => needed.has(wire.name) && !outputs.includes(wire)),
    });
    return {
      model,
      inputs: inputs.map(({ name }) => name),
      outputs: new Map([...this.outputs].map(([label, wire]) => [label, wire.name])),
      empty: outputs.length === 0,
      packed: nodes.some(({ operator }) => operator === packedOperator),
    };
  }

  private swapLast(x: Wire): Wire {
    const axes = x.dims.map((_, axis) => axis);
    return this.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  private constant(
    name: string,
    type: ElementType,
    dims: readonly number[],
    data: Float32Array | Float64Array | BigInt64Array,
  ): Wire {
    const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.set(name, { name, type, dims, content });
    return { name, type, dims };
  }

  private wire(type: ElementType, dims: Shape): Wire {
    const wire = { name: `w${this.wires.size}`, type, dims };
    this.wires.set(wire.name, wire);
    return wire;
  }
}

const packedOperator = 'MatMulNBits';
const storedTypes = { F32: 'float', F16: 'float16', BF16: 'bfloat16' } as const;

/** The nodes that give anything needed, in their order; what they read is then needed too. */
function keepNeeded(nodes: readonly OnnxNode[], needed: Set<string>): OnnxNode[] {
  const kept = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    for (const name of inputs) needed.add(name);
    return true;
  });
  return kept.reverse();
}

function swapped(dims: Shape): Shape {
  return [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!];
}

function productShape(a: Shape, b: Shape): Shape {
  if (a.at(-1) !== b.at(-2)) throw new Error(`Shapes [${a}] and [${b}] cannot be multiplied.`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}
