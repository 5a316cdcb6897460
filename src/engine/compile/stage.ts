import type { Linearisation } from '../model';
import type { Emitter, Wire } from './emitter';
import type { Dim } from './onnx';
import type { RotaryTable } from './operations/rotary';
import type { Shape } from './shape';

/**
 * A value in an architecture's description. Its shape is that of a plain forward pass: `B` rows of a batch, `S`
 * positions, numbers for everything the configuration fixes.
 */
export interface Value {
  readonly dims: Shape;
  /** Token ids, or numbers in the graph's precision. */
  readonly kind: 'id' | 'number';
}

/** A dimension of a wire, whose size may be known only when the graph runs. */
export interface Axis {
  readonly of: Wire;
  readonly axis: number;
}

/** What an operation may ask of the graph it is emitted into, beside its inputs. */
export interface Context extends Emitter {
  /** Whether operators of the runtime that do several steps at once are taken where there are any. */
  readonly fuses: boolean;
  /** Cosines and sines of a rotary table at the positions along a dimension, `S` or `picked`, each [that, 1, width]. */
  rotary(table: RotaryTable, along: Dim): { readonly cos: Wire; readonly sin: Wire };
  /** The positions of this run in the text, as integers [S]; ids are [B, S]. */
  positions(ids: Wire): Wire;
  /** 0 where a query may look and −∞ where it may not, [queries, keys]. */
  mask(queries: Axis, keys: Axis, window: number | null): Wire;
  /** By head its slope times how far back each key lies, negated, [H, queries, keys]. */
  linearBias(queries: Axis, keys: Axis, slopes: readonly number[]): Wire;
  /** Takes up keys or values [B, S, K, d] as they are computed and gives those of all positions so far. */
  remember(name: string, rows: Wire): Wire;
}

/** How one class of non-linear operation is passed backwards. */
export interface Rules {
  /** The denominator of a norm: followed to its input, or held. */
  readonly norm: 'exact' | 'frozen';
  /** The softmax of attention: followed to the scores, or the pattern held. */
  readonly pattern: 'exact' | 'frozen';
  /** Unary functions: the tangent, the line through zero and the operating point, or no way through. */
  readonly activation: 'exact' | 'secant' | 'closed';
  /** Products of two branches: both in full (the product rule), each by half, or no way through. */
  readonly product: 'exact' | 'half' | 'closed';
  /** A branch that reads the residual stream: passed, or closed so that only direct paths are left. */
  readonly branch: 'open' | 'closed';
}

/** The linearisations of the model's contract as tables; formulas and sources in docs/methods.md. */
export const linearisations: Readonly<Record<Linearisation, Rules>> = {
  exact: { norm: 'exact', pattern: 'exact', activation: 'exact', product: 'exact', branch: 'open' },
  secant: { norm: 'frozen', pattern: 'frozen', activation: 'secant', product: 'half', branch: 'open' },
  followed: { norm: 'frozen', pattern: 'exact', activation: 'secant', product: 'half', branch: 'open' },
  frozen: { norm: 'frozen', pattern: 'frozen', activation: 'closed', product: 'closed', branch: 'open' },
  direct: { norm: 'frozen', pattern: 'frozen', activation: 'closed', product: 'closed', branch: 'closed' },
};

/** What an operation's backward rule works with: the forward values, and the cotangent of the output. */
export interface Pull {
  readonly inputs: readonly Wire[];
  readonly output: Wire;
  /** Shaped like the output with T targets in place of the batch. */
  readonly cotangent: Wire;
  readonly rules: Rules;
}

/** One typed operation: everything the four kinds of graph need to know of it. */
export interface Operation {
  /** The shape of the result; throws when the inputs do not fit. */
  shape(inputs: readonly Shape[]): Shape;
  emit(context: Context, inputs: readonly Wire[]): Wire;
  /** By input, true where every position of the output reads all of its positions; elsewhere it reads its own alone. */
  readonly readsAll?: readonly boolean[];
  /** The cotangent of each input; null where none flows. */
  pull(context: Context, pull: Pull): readonly (Wire | null)[];
  /** For operations that add a constant of the model, [T, 1, …]: that constant times the cotangent of the output. */
  constant?(context: Context, cotangent: Wire): Wire;
}

/** An application of an operation, or a hook: a named place where values are read and changed. */
export type Step =
  | { readonly operation: Operation; readonly inputs: readonly Value[]; readonly output: Value }
  | {
      readonly hook: string;
      readonly restore: Restore | null;
      readonly input: Value;
      readonly output: Value;
    };

/** Keeps what the operation before a hook promises after somebody has changed the value there. */
export type Restore = (context: Context, changed: Wire) => Wire;

/** One operator of the runtime that gives a value at once, from values some steps before it. */
export interface Fusion {
  readonly inputs: readonly Value[];
  emit(context: Context, inputs: readonly Wire[]): Wire;
}

/** A piece of the model that runs by itself: the embedding, one block, the head. */
export interface Stage {
  readonly input: Value;
  readonly steps: readonly Step[];
  readonly output: Value;
  /** By name, the value at each hook, in the order of computation. */
  readonly hooks: ReadonlyMap<string, Value>;
  /** By value, another way to it, for graphs in which nobody asks for what stands between. */
  readonly fusions: ReadonlyMap<Value, Fusion>;
  /** Numbers in the tensors it reads: what a run of it costs per position. */
  readonly parameters: number;
}
