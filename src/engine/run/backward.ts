import type { Tensor as OnnxTensor } from 'onnxruntime-node';
import { WhenceError } from '../../core/errors';
import { type BackwardLayout, backwardGraph, ends, givenInput } from '../compile/graphs';
import { type BackwardRequest, constantsName } from '../model';
import type { Tensor } from '../tensor';
import { checkHooks } from './check';
import { rowCost } from './forward';
import { fromOnnx, itemsPerRun, type Machine, pause, toOnnx } from './machine';
import { joinRows, positionsOf } from './rows';

type Gradients = Map<string, Tensor>;

/**
 * Carries the gradients of metrics back through the stages, each of which computes its forward values again from the
 * residual stream that entered it. Goes no further down than the lowest hook that was asked for. Many targets are cut
 * into runs of few.
 */
export async function backward(machine: Machine, request: BackwardRequest): Promise<Gradients> {
  check(machine, request);
  const { targets, residuals } = request;
  const cost = 2 * rowCost(machine, residuals[0]!.dims[1]!);
  const perRun = request.joined ? targets.length : itemsPerRun(cost);
  const parts: Gradients[] = [];
  for (let from = 0; from < targets.length; from += perRun) {
    parts.push(await backwardPart(machine, { ...request, targets: targets.slice(from, from + perRun) }));
  }
  const names = request.constants ? [...request.hooks, constantsName] : request.hooks;
  return new Map(names.map((name) => [name, joinRows(parts.map((part) => part.get(name)!))]));
}

async function backwardPart(machine: Machine, request: BackwardRequest): Promise<Gradients> {
  const {
    residuals,
    targets,
    hooks,
    linearisation,
    constants = false,
    joined = false,
    values,
    signal,
  } = request;
  const { vocabularySize } = machine.program.architecture;
  const length = residuals[0]!.dims[1]!;
  const positions = targets.map(({ position }) => position);
  const gradients: Gradients = new Map();
  const count = joined ? 1 : targets.length;
  const constantSums = new Float32Array(count);
  const lowest = Math.min(...hooks.map((name) => machine.stageOf.get(name)!));

  const run = async (index: number, input: Tensor | null, cotangent: Tensor, layout: BackwardLayout) => {
    await pause(signal);
    const stage = machine.stage(index);
    const asked = hooks.filter((name) => machine.stageOf.get(name) === index).sort();
    const given = layout === 'rows' ? [] : [...stage.hooks.keys()].filter((name) => values?.has(name));
    const outputs = await machine.sessions.run(
      JSON.stringify(['backward', index, linearisation, asked, constants, given]),
      () => backwardGraph(machine.program, stage, { hooks: asked, linearisation, layout, constants, given }),
      ({ tables }) => ({
        [ends.cotangent]: toOnnx(cotangent),
        ...(input && { [ends.input]: toOnnx(input) }),
        ...Object.fromEntries(given.map((name) => [givenInput(name), toOnnx(values!.get(name)!)])),
        ...machine.positions.feeds(tables, 0, length),
      }),
    );
    const added = outputs.get(ends.constants);
    if (added) for (const [row, sum] of fromOnnx(added).data.entries()) constantSums[row % count]! += sum;
    for (const name of asked) gradients.set(name, gradientOf(name, outputs.get(name), layout));
    return outputs.get(ends.input);
  };

  const gradientOf = (name: string, found: OnnxTensor | undefined, layout: BackwardLayout): Tensor => {
    const stage = machine.stage(machine.stageOf.get(name)!);
    if (found)
      return layout === 'rows' ? atPositions(fromOnnx(found), positions, length, count) : fromOnnx(found);
    const sizes: Record<string, number> = { B: count, S: length };
    const dims = stage.hooks.get(name)!.dims.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim));
    return { dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) };
  };

  const final = positionsOf(residuals.at(-1)!, positions);
  const rows = { dims: [targets.length, 1, machine.program.architecture.hiddenSize], data: final.data };
  const weights = {
    dims: [targets.length, 1, vocabularySize],
    data: joinRows(targets.map((target) => ({ dims: [1, vocabularySize], data: target.weights }))).data,
  };
  const atHead = await run(machine.head, rows, weights, 'rows');
  let cotangent = atPositions(fromOnnx(atHead!), positions, length, count);
  for (let index = machine.head - 1; index >= lowest; index--) {
    const input = index === 0 ? null : residuals[index - 1]!;
    const below = await run(index, input, cotangent, 'shared');
    if (below) cotangent = fromOnnx(below);
  }
  if (constants) gradients.set(constantsName, { dims: [count], data: constantSums });
  return gradients;
}

/** Rows [T, 1, …] put at their positions of [T, length, …], or summed into [1, length, …]; zero elsewhere. */
function atPositions(
  { dims, data }: Tensor,
  positions: readonly number[],
  length: number,
  count: number,
): Tensor {
  const size = data.length / positions.length;
  const spread = new Float32Array(count * length * size);
  for (const [row, position] of positions.entries()) {
    const to = ((row % count) * length + position) * size;
    for (let i = 0; i < size; i++) spread[to + i]! += data[row * size + i]!;
  }
  return { dims: [count, length, ...dims.slice(2)], data: spread };
}

function check(machine: Machine, { residuals, targets, hooks, values }: BackwardRequest): void {
  const { hiddenSize, vocabularySize, layers } = machine.program.architecture;
  const length = residuals[0]?.dims[1] ?? 0;
  const shape = String([1, length, hiddenSize]);
  if (residuals.length !== layers + 1 || residuals.some(({ dims }) => String(dims) !== shape)) {
    throw new WhenceError(
      'bad-argument',
      `A backward pass needs ${layers + 1} residual streams of one run, each [1, S, ${hiddenSize}]; it got ${residuals.length}.`,
    );
  }
  if (targets.length === 0)
    throw new WhenceError('bad-argument', 'A backward pass needs at least one target.');
  for (const { position, weights } of targets) {
    if (position >= 0 && position < length && weights.length === vocabularySize) continue;
    throw new WhenceError(
      'bad-argument',
      `A target at position ${position} with ${weights.length} weights does not fit ${length} positions and a vocabulary of ${vocabularySize}.`,
    );
  }
  for (const [name, { dims }] of values ?? []) {
    if (dims[0] === 1 && machine.stageOf.has(name)) continue;
    throw new WhenceError(
      'bad-argument',
      `A value [${dims}] at ${name} does not come from one run of one row.`,
    );
  }
  if (hooks.length === 0) throw new WhenceError('bad-argument', 'A backward pass needs at least one hook.');
  checkHooks(hooks, machine.stageOf);
}
