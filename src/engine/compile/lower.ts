import type { PlainContext } from './context';
import type { Emitter, Wire } from './emitter';
import type { Context, Rules, Stage, Step, Value } from './stage';

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
    const fusion = context.fuses ? stage.fusions.get(step.output) : undefined;
    if (fusion) {
      const inputs = fusion.inputs.map((value) => wires.get(value)!);
      wires.set(step.output, fusion.emit(context, inputs));
      continue;
    }
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

/**
 * Emits a stage again at the picked positions alone; gives the wire of every value there. What those read of others, keys
 * and values, is taken from the wires of all positions; what nothing reads is dropped when the graph is finished.
 */
export function lowerPicked(
  stage: Stage,
  context: PlainContext,
  all: ReadonlyMap<Value, Wire>,
  given: ReadonlySet<string> = new Set(),
): Map<Value, Wire> {
  const wires = new Map([[stage.input, context.pick(all.get(stage.input)!)]]);
  for (const step of stage.steps) {
    if ('operation' in step) {
      const { readsAll } = step.operation;
      const inputs = step.inputs.map((value, index) => (readsAll?.[index] ? all : wires).get(value)!);
      wires.set(step.output, step.operation.emit(context, inputs));
      continue;
    }
    const known = given.has(step.hook);
    wires.set(step.output, known ? context.pick(all.get(step.output)!) : wires.get(step.input)!);
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
  /** What arrives at the picked positions, beside that. */
  readonly picked: ReadonlyMap<Value, Wire>;
  /** Σ constant · cotangent over everything the stage adds whatever its input is, [T, 1, 1]; null when it adds nothing. */
  readonly constants: Wire | null;
}

/**
 * Emits a stage backwards: from the cotangent of its output, that of every value a cotangent reaches under the rules. With
 * wires of the picked positions, the cotangent is at those alone.
 * What is not asked for as an output of the graph is dropped when the graph is finished.
 */
export function lowerBackward(
  stage: Stage,
  context: Context,
  wires: ReadonlyMap<Value, Wire>,
  cotangent: Wire,
  rules: Rules,
  pickedWires: ReadonlyMap<Value, Wire> | null = null,
): Backwards {
  const cotangents = new Map<Value, Wire>();
  const picked = new Map<Value, Wire>();
  (pickedWires ? picked : cotangents).set(stage.output, cotangent);
  let constants: Wire | null = null;
  const pull = (step: Step, here: Map<Value, Wire>, read: (value: Value, index: number) => Wire) => {
    const arrived = here.get(step.output);
    if (!arrived) return;
    if ('hook' in step) return accumulate(here, step.input, arrived);
    const { operation } = step;
    const constant = operation.constant?.(context, arrived);
    if (constant) constants = constants ? context.add(constants, constant) : constant;
    const inputs = step.inputs.map(read);
    const parts = operation.pull(context, {
      inputs,
      output: read(step.output, -1),
      cotangent: arrived,
      rules,
    });
    for (const [index, value] of step.inputs.entries()) {
      accumulate(operation.readsAll?.[index] ? cotangents : here, value, parts[index]);
    }
  };
  const accumulate = (at: Map<Value, Wire>, value: Value, part: Wire | null | undefined) => {
    if (!part) return;
    const known = at.get(value);
    at.set(value, known ? context.add(known, part) : part);
  };
  for (const step of stage.steps.toReversed()) {
    const readsAll = 'operation' in step ? step.operation.readsAll : undefined;
    pull(step, cotangents, (value) => wires.get(value)!);
    pull(step, picked, (value, index) => (readsAll?.[index] ? wires : pickedWires!).get(value)!);
  }
  return { cotangents, picked, constants };
}
