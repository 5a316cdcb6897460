import type { Checkpoint, Outline } from '../checkpoint/checkpoint';
import type { Linearisation } from '../model';
import { type Architecture, describe } from './architecture';
import { Builder } from './builder';
import { CachedContext, PlainContext, pastLengthInput, pickedDim } from './context';
import type { CompiledGraph, Precision, Wire } from './emitter';
import { type Change, lowerBackward, lowerForward, lowerPicked } from './lower';
import type { Dim } from './onnx';
import type { RotaryTable } from './operations/rotary';
import type { Shape } from './shape';
import { linearisations, type Stage, type Value } from './stage';
import { Weights } from './weights';

/** A model's description, recorded and checked against its checkpoint: what graphs are made from. */
export interface Program {
  readonly architecture: Architecture;
  readonly weights: Weights;
  /** The embedding, every block, the head. */
  readonly stages: readonly Stage[];
}

/** A graph with the rotary tables that whoever runs it has to feed. */
export interface StageGraph extends CompiledGraph {
  readonly tables: readonly RotaryTable[];
}

/** A graph that continues from a cache. */
export interface DecodeGraph extends StageGraph {
  /** What the cache holds, by name: the size of a position's row. */
  readonly caches: ReadonlyMap<string, number>;
}

/** Which parts of a change at a hook a graph takes as inputs `HOOK.remove`, `HOOK.scale` and `HOOK.add`. */
export interface ChangedHook {
  readonly hook: string;
  readonly remove: boolean;
  readonly scale: boolean;
  readonly add: boolean;
}

/** Names of the ends of a stage's graphs; hooks go by their own names. */
export const ends = {
  input: 'input',
  output: 'output',
  cotangent: 'cotangent',
  constants: 'constants',
} as const;

/** The input of a backward graph that holds the value at a hook. */
export const givenInput = (hook: string) => `${hook}.value`;

/** Records every stage of a checkpoint's architecture. Throws for missing tensors, wrong shapes, unsupported settings. */
export function programOf(checkpoint: Outline & Pick<Checkpoint, 'packed' | 'pack'>): Program {
  const architecture = describe(checkpoint);
  const weights = new Weights(checkpoint);
  const ids: Value = { kind: 'id', dims: ['B', 'S'] };
  const stream: Value = { kind: 'number', dims: ['B', 'S', architecture.hiddenSize] };
  const embedding = Builder.stage(weights, ids, (b, x) => architecture.embed(b, x));
  const blocks = Array.from({ length: architecture.layers }, (_, layer) =>
    Builder.stage(weights, { ...stream }, (b, x) => architecture.block(b, x, layer)),
  );
  const head = Builder.stage(weights, { ...stream }, (b, x) => architecture.head(b, x));
  return { architecture, weights, stages: [embedding, ...blocks, head] };
}

/** One stage forwards: hooks and, unless left out, the stage's output at `ends.output`. */
export function forwardGraph(
  { weights }: Pick<Program, 'weights'>,
  stage: Stage,
  request: {
    hooks: readonly string[];
    changes: readonly ChangedHook[];
    output: boolean;
    /** The output at the picked positions alone, [B, picked, …]; nothing is changed then. */
    picked?: boolean;
  },
  precision: Precision = 'float',
): StageGraph {
  const context = new PlainContext(weights, precision);
  const input = inputOf(context, stage.input, {});
  const changes = new Map(
    request.changes.map((changed) => [changed.hook, changeOf(context, stage, changed)]),
  );
  const wires = lowerForward(stage, context, input, changes);
  for (const hook of request.hooks) context.output(hook, wires.get(stage.hooks.get(hook)!)!);
  const answers = request.picked ? lowerPicked(stage, context, wires) : wires;
  if (request.output) context.output(ends.output, answers.get(stage.output)!);
  return finish(context);
}

/** How the batch dimensions of a backward graph are laid out. */
export type BackwardLayout =
  /** One row of S positions, whose targets share its forward values. */
  | 'shared'
  /** One row of S positions of which a few are picked: those at which a cotangent arrives, [T, picked, …]. */
  | 'picked'
  /** T rows of one position, each with a target of its own: the head's. */
  | 'rows';

/** The output of a backward graph that holds the cotangent of a value at the picked positions, beside that at all. */
export const pickedOutput = (label: string) => `${label}.picked`;

/**
 * One stage backwards, its forward values computed again inside. Takes the stage's input and the cotangent of its
 * output [T, S, …]; gives the cotangent of the input at `ends.input`, where one arrives, and those of hooks.
 * Hooks that no cotangent reaches under the linearisation are not among the outputs: theirs is zero. Asked for them, it
 * gives Σ constant · cotangent [T, 1, 1] at `ends.constants`, where the stage adds constants.
 */
export function backwardGraph(
  { weights }: Pick<Program, 'weights'>,
  stage: Stage,
  request: {
    hooks: readonly string[];
    linearisation: Linearisation;
    layout: BackwardLayout;
    constants?: boolean;
    /** Hooks whose forward values are inputs, `HOOK.value`, in place of being computed again. */
    given?: readonly string[];
  },
  precision: Precision = 'float',
): StageGraph {
  const context = new PlainContext(weights, precision);
  const rows = request.layout === 'rows';
  const input = inputOf(context, stage.input, rows ? { B: 'T', S: 1 } : { B: 1 });
  const layouts = { shared: {}, picked: { S: pickedDim }, rows: { S: 1 } };
  const dims = bind(stage.output.dims, { B: 'T', ...layouts[request.layout] });
  const cotangent = context.input(ends.cotangent, precision, dims);
  const given = (request.given ?? []).map((hook): [string, Wire] => {
    const value = stage.hooks.get(hook)!;
    return [hook, context.input(givenInput(hook), precision, bind(value.dims, { B: 1 }))];
  });
  const wires = lowerForward(stage, context, input, new Map(), new Map(given));
  const rules = linearisations[request.linearisation];
  const few = request.layout === 'picked' ? lowerPicked(stage, context, wires, new Set(request.given)) : null;
  const { cotangents, picked, constants } = lowerBackward(stage, context, wires, cotangent, rules, few);
  const output = (label: string, value: Value) => {
    const wire = cotangents.get(value);
    if (wire) context.output(label, wire);
    const beside = picked.get(value);
    if (beside) context.output(pickedOutput(label), beside);
  };
  for (const hook of request.hooks) output(hook, stage.hooks.get(hook)!);
  output(ends.input, stage.input);
  if (request.constants && constants) context.output(ends.constants, constants);
  return finish(context);
}

export interface DecodeRequest {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly ChangedHook[];
  /** Whether matrices are multiplied as their file quantises them, where it does. */
  readonly quantised: boolean;
}

/**
 * Stages `from` up to `to` for generation, behind a cache: ids [1, S] or a stream [1, S, D] to the last of these stages'
 * output. The head's is of the last position only, [1, 1, V]. Changes at hooks are inputs as in forward graphs; where there are
 * none, operators of the runtime that do several steps at once take the place of those.
 */
export function decodeGraph(
  { weights, stages }: Program,
  { from, to, changes, quantised }: DecodeRequest,
): DecodeGraph {
  const context = new CachedContext(weights, { quantised, fuses: changes.length === 0 });
  let wire = inputOf(context, stages[from]!.input, { B: 1 });
  for (let index = from; index < to; index++) {
    const stage = stages[index]!;
    if (index === stages.length - 1) wire = lastPosition(context, wire);
    const here = changes.filter(({ hook }) => stage.hooks.has(hook));
    const changed = new Map(here.map((each) => [each.hook, changeOf(context, stage, each)]));
    wire = lowerForward(stage, context, wire, changed).get(stage.output)!;
  }
  context.output(ends.output, wire);
  context.input(pastLengthInput, 'int64', [1]);
  return { ...finish(context), caches: context.caches };
}

function finish(context: PlainContext): StageGraph {
  return { ...context.finish(), tables: [...context.tables.values()] };
}

function inputOf(context: PlainContext, value: Value, sizes: Sizes): Wire {
  const type = value.kind === 'id' ? 'int64' : context.precision;
  return context.input(ends.input, type, bind(value.dims, sizes));
}

function changeOf(context: PlainContext, stage: Stage, { hook, remove, scale, add }: ChangedHook): Change {
  // A change broadcasts over the hook, so each of its sizes is the hook's or 1: known only at run time.
  const dims = stage.hooks.get(hook)!.dims.map((_, axis) => `${hook}.${axis}`);
  const input = (part: string) =>
    context.input(
      `${hook}.${part}`,
      context.precision,
      dims.map((dim) => `${dim}.${part}`),
    );
  return {
    ...(remove && { remove: input('remove') }),
    ...(scale && { scale: input('scale') }),
    ...(add && { add: input('add') }),
  };
}

function lastPosition(context: PlainContext, x: Wire): Wire {
  return context.node('Gather', [x, context.integers([-1])], { axis: 1 }, x.type, x.dims.with(1, 1));
}

type Sizes = Readonly<Record<string, Dim>>;

function bind(dims: Shape, sizes: Sizes): Shape {
  return dims.map((dim) => (typeof dim === 'string' ? (sizes[dim] ?? dim) : dim));
}
