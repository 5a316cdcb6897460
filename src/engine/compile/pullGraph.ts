import type { Linearisation } from '../model';
import { PlainContext } from './context';
import type { Wire } from './emitter';
import { ends, givenInput, type Program, type StageGraph } from './graphs';
import { lowerBackward, lowerForward } from './lower';
import { linearisations, type Stage, type Value } from './stage';

/** The input that says at which position each row of cotangents stands, where rows stand at one each. */
export const positionsInput = 'rows.positions';

export interface PullGraphRequest {
  /** The hook at which the cotangents stand. */
  readonly from: string;
  /** Hooks of the same stage, before it, whose cotangents are asked for. */
  readonly hooks: readonly string[];
  readonly linearisation: Linearisation;
  /**
   * `shared`: cotangents [T, S, …]. `single`: T rows of one position each, [T, 1, …], which is cheaper by the length of
   * the text and possible where nothing moves between positions.
   */
  readonly layout: 'shared' | 'single';
  /** Hooks whose forward values are inputs, `HOOK.value`, in place of being computed again. */
  readonly given: readonly string[];
}

/**
 * A part of a stage backwards: from one hook to others before it, the values there computed from the stage's input. Hooks
 * that nothing reaches are not among the outputs. The constants passed are at `ends.constants`, [T, 1, …].
 */
export function pullGraph(
  { weights }: Pick<Program, 'weights'>,
  whole: Stage,
  request: PullGraphRequest,
): StageGraph {
  const context = new PlainContext(weights);
  const stage = between(whole, request);
  const bind = (dims: Value['dims'], batch: 1 | 'T') => dims.map((dim) => (dim === 'B' ? batch : dim));
  const input = context.input(ends.input, context.precision, bind(whole.input.dims, 1));
  const given = request.given.map((hook): [string, Wire] => {
    const { dims } = whole.hooks.get(hook)!;
    return [hook, context.input(givenInput(hook), context.precision, bind(dims, 1))];
  });
  const shared = lowerForward(whole, context, input, new Map(), new Map(given));
  const single = request.layout === 'single';
  const dims = bind(stage.output.dims, 'T');
  const cotangent = context.input(ends.cotangent, context.precision, single ? dims.with(1, 1) : dims);
  const wires = single ? atPositions(context, shared) : shared;
  const rules = linearisations[request.linearisation];
  const { cotangents, constants } = lowerBackward(stage, context, wires, cotangent, rules);
  for (const hook of request.hooks) {
    const wire = cotangents.get(stage.hooks.get(hook)!);
    if (wire) context.output(hook, wire);
  }
  if (constants) context.output(ends.constants, constants);
  return { ...context.finish(), tables: [...context.tables.values()] };
}

/** The steps from the first hook that is asked for up to the one where the cotangents stand. */
function between(stage: Stage, { from, hooks }: PullGraphRequest): Stage {
  const at = (hook: string) => stage.steps.findIndex((step) => 'hook' in step && step.hook === hook);
  const first = Math.min(...hooks.map(at));
  return { ...stage, steps: stage.steps.slice(first, at(from) + 1), output: stage.hooks.get(from)! };
}

/** Each value [1, S, …] at the positions of the rows, [T, 1, …]. Values laid out otherwise stay as they are. */
function atPositions(context: PlainContext, wires: ReadonlyMap<Value, Wire>): ReadonlyMap<Value, Wire> {
  const positions = context.input(positionsInput, 'int64', ['T']);
  return new Map(
    [...wires].map(([value, wire]) => {
      if (wire.dims[0] !== 1 || wire.dims[1] !== 'S') return [value, wire];
      const picked = context.node(
        'Gather',
        [wire, positions],
        { axis: 1 },
        wire.type,
        wire.dims.with(1, 'T'),
      );
      const order = wire.dims.map((_, axis) => (axis < 2 ? 1 - axis : axis));
      return [value, context.transpose(picked, order)];
    }),
  );
}
