import { WhenceError } from '../../core/errors';
import { pickedDim } from '../compile/context';
import { type BackwardLayout, backwardGraph, ends, givenInput, pickedOutput } from '../compile/graphs';
import type { Value } from '../compile/stage';
import { type BackwardRequest, constantsName } from '../model';
import type { Tensor } from '../tensor';
import { checkHooks } from './check';
import { rowCost } from './forward';
import { fromOnnx, integersToOnnx, itemsPerRun, type Machine, pause, toOnnx } from './machine';
import { addedAt, joinRows, positionsOf, zeros } from './rows';

type Gradients = Map<string, Tensor>;

/**
 * Carries the gradients of metrics back through the stages, each of which computes its forward values again from the
 * residual stream that entered it. Goes no further down than the lowest hook that was asked for. The last block is
 * crossed at the positions of the targets alone: of the others it reads keys and values. Many targets are cut into runs of few.
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
  const { residuals, targets, hooks, linearisation, constants = false, values, signal } = request;
  const { vocabularySize, hiddenSize } = machine.program.architecture;
  const length = residuals[0]!.dims[1]!;
  const positions = targets.map(({ position }) => position);
  const picked = [...new Set(positions)].sort((a, b) => a - b);
  const gradients: Gradients = new Map();
  const count = request.joined ? 1 : targets.length;
  const sizes: Record<string, number> = { B: count, S: length };
  const constantSums = new Float32Array(count);
  const lowest = Math.min(...hooks.map((name) => machine.stageOf.get(name)!));

  /** Runs one stage; gives the cotangent of its input, and keeps those of the hooks that are asked for. */
  const run = async (index: number, input: Tensor | null, cotangent: Tensor, layout: BackwardLayout) => {
    await pause(signal);
    const stage = machine.stage(index);
    const asked = hooks.filter((name) => machine.stageOf.get(name) === index).sort();
    const given = layout === 'rows' ? [] : [...stage.hooks.keys()].filter((name) => values?.has(name));
    const outputs = await machine.sessions.run(
      JSON.stringify(['backward', index, layout, linearisation, asked, constants, given]),
      () => backwardGraph(machine.program, stage, { hooks: asked, linearisation, layout, constants, given }),
      ({ tables }) => ({
        [ends.cotangent]: toOnnx(cotangent),
        ...(input && { [ends.input]: toOnnx(input) }),
        ...Object.fromEntries(given.map((name) => [givenInput(name), toOnnx(values!.get(name)!)])),
        [pickedDim]: integersToOnnx(picked),
        ...machine.positions.feeds(tables, 0, length),
      }),
    );
    const sums = outputs.get(ends.constants);
    if (sums) for (const [row, sum] of fromOnnx(sums).data.entries()) constantSums[row % count]! += sum;
    const arrived = (label: string, { dims }: Value): Tensor => {
      const found = outputs.get(label);
      if (found && layout === 'rows') return atPositions(fromOnnx(found), positions, length, count);
      const all = found ? fromOnnx(found) : zeros(dims.map((dim) => sizes[dim] ?? Number(dim)));
      const few = outputs.get(pickedOutput(label));
      return few ? addedAt(all, dims.indexOf('S'), picked, fromOnnx(few)) : all;
    };
    for (const name of asked) gradients.set(name, arrived(name, stage.hooks.get(name)!));
    return arrived(ends.input, stage.input);
  };

  const final = positionsOf(residuals.at(-1)!, positions);
  const rows = { dims: [targets.length, 1, hiddenSize], data: final.data };
  const weights = {
    dims: [targets.length, 1, vocabularySize],
    data: joinRows(targets.map((target) => ({ dims: [1, vocabularySize], data: target.weights }))).data,
  };
  let cotangent = await run(machine.head, rows, weights, 'rows');
  for (let index = machine.head - 1; index >= lowest; index--) {
    const input = index === 0 ? null : residuals[index - 1]!;
    const few = index === machine.head - 1 && index > 0 && picked.length < length;
    const above = few ? positionsOf(cotangent, picked) : cotangent;
    cotangent = await run(index, input, above, few ? 'picked' : 'shared');
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
