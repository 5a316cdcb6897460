import type { Emitter, Wire } from './emitter';
import type { Context, Rules, Stage, Value } from './stage';

/** What is done to a hook's value in a graph: (x − (x · remove) remove) · scale + add, with wires that broadcast over it. */
export interface Change {
  readonly remove?: Wire;
  readonly scale?: Wire;
  readonly add?: Wire;
}

/**
 * Emits a stage forwards; gives the wire of every value. What stands at the hooks in `given` is taken from there; what
 * only they needed is dropped when the graph is finished.
 */
export function lowerForward(
  stage: Stage,
  context: Context,
  input: Wire,
  changes: ReadonlyMap<string, Change> = new Map(),
  given: ReadonlyMap<string, Wire> = new Map(),
): Map<Value, Wire> {
  const wires = new Map([[stage.input, input]]);
  for (const step of stage.steps) {
    if ('operation' in step) {
      const inputs = step.inputs.map((value) => wires.get(value)!);
      wires.set(step.output, step.operation.emit(context, inputs));
      continue;
    }
    const wire = given.get(step.hook) ?? wires.get(step.input)!;
    const change = changes.get(step.hook);
    const changed = change ? applied(context, wire, change) : wire;
    wires.set(step.output, change && step.restore ? step.restore(context, changed) : changed);
  }
  return wires;
}

/** A changed value has the shape of the value, whatever the change is shaped like. */
function applied(emitter: Emitter, wire: Wire, { remove, scale, add }: Change): Wire {
  const { type, dims } = wire;
  const rest = remove ? without(emitter, wire, remove) : wire;
  const scaled = scale ? emitter.node('Mul', [rest, scale], {}, type, dims) : rest;
  return add ? emitter.node('Add', [scaled, add], {}, type, dims) : scaled;
}

/** x − (x · d) d over the last dimension. */
function without(emitter: Emitter, x: Wire, direction: Wire): Wire {
  const { type, dims } = x;
  const along = emitter.reduce('ReduceSum', emitter.node('Mul', [x, direction], {}, type, dims), [-1]);
  return emitter.node('Sub', [x, emitter.node('Mul', [along, direction], {}, type, dims)], {}, type, dims);
}

/** What a stage gives backwards. */
export interface Backwards {
  readonly cotangents: ReadonlyMap<Value, Wire>;
  /** Σ constant · cotangent over everything the stage adds whatever its input is, [T, 1, 1]; null when it adds nothing. */
  readonly constants: Wire | null;
}

/**
 * Emits a stage backwards: from the cotangent of its output, that of every value a cotangent reaches under the rules.
 * What is not asked for as an output of the graph is dropped when the graph is finished.
 */
export function lowerBackward(
  stage: Stage,
  context: Context,
  wires: ReadonlyMap<Value, Wire>,
  cotangent: Wire,
  rules: Rules,
): Backwards {
  const cotangents = new Map([[stage.output, cotangent]]);
  let constants: Wire | null = null;
  const accumulate = (value: Value, part: Wire | null | undefined) => {
    if (!part) return;
    const known = cotangents.get(value);
    cotangents.set(value, known ? context.add(known, part) : part);
  };
  for (const step of stage.steps.toReversed()) {
    const arrived = cotangents.get(step.output);
    if (!arrived) continue;
    if ('hook' in step) {
      accumulate(step.input, arrived);
      continue;
    }
    const constant = step.operation.constant?.(context, arrived);
    if (constant) constants = constants ? context.add(constants, constant) : constant;
    const inputs = step.inputs.map((value) => wires.get(value)!);
    const output = wires.get(step.output)!;
    const parts = step.operation.pull(context, { inputs, output, cotangent: arrived, rules });
    step.inputs.forEach((value, index) => {
      accumulate(value, parts[index]);
    });
  }
  return { cotangents, constants };
}
