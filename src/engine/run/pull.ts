import { WhenceError } from '../../core/errors';
import { ends, givenInput } from '../compile/graphs';
import { positionsInput, pullGraph } from '../compile/pullGraph';
import { constantsName, type PullRequest } from '../model';
import type { Tensor } from '../tensor';
import { checkHooks } from './check';
import { rowCost } from './forward';
import { fromOnnx, integersToOnnx, itemsPerRun, type Machine, pause, toOnnx } from './machine';
import { joinRows, rowsOf, zeros } from './rows';

/** Carries cotangents from one hook of a block back to others of the same block; many rows are cut into runs of few. */
export async function pull(machine: Machine, request: PullRequest): Promise<ReadonlyMap<string, Tensor>> {
  check(machine, request);
  const { cotangents, positions, residual } = request;
  const rows = cotangents.dims[0]!;
  const cost = rowCost(machine, residual.dims[1]!);
  const perRun = itemsPerRun(2 * (positions ? cost / residual.dims[1]! : cost));
  const parts: ReadonlyMap<string, Tensor>[] = [];
  for (let from = 0; from < rows; from += perRun) {
    const to = Math.min(rows, from + perRun);
    const part = {
      ...request,
      cotangents: rowsOf(cotangents, from, to),
      positions: positions?.slice(from, to),
    };
    parts.push(await pullPart(machine, part));
  }
  const names = [...request.hooks, constantsName];
  return new Map(names.map((name) => [name, joinRows(parts.map((part) => part.get(name)!))]));
}

async function pullPart(machine: Machine, request: PullRequest): Promise<ReadonlyMap<string, Tensor>> {
  const { from, cotangents, positions, residual, linearisation, values, signal } = request;
  await pause(signal);
  const index = machine.stageOf.get(from)!;
  const stage = machine.stage(index);
  const hooks = [...request.hooks].sort();
  const layout = positions ? 'single' : 'shared';
  const given = [...stage.hooks.keys()].filter((name) => values?.has(name));
  const outputs = await machine.sessions.run(
    JSON.stringify(['pull', index, from, hooks, linearisation, layout, given]),
    () => pullGraph(machine.program, stage, { from, hooks, linearisation, layout, given }),
    ({ tables }) => ({
      [ends.input]: toOnnx(residual),
      [ends.cotangent]: toOnnx(cotangents),
      ...Object.fromEntries(given.map((name) => [givenInput(name), toOnnx(values!.get(name)!)])),
      ...(positions && {
        [positionsInput]: integersToOnnx(positions),
      }),
      ...machine.positions.feeds(tables, 0, residual.dims[1]!),
    }),
  );
  const count = cotangents.dims[0]!;
  const sizes: Record<string, number> = { B: count, S: residual.dims[1]! };
  const found = new Map<string, Tensor>();
  for (const name of hooks) {
    const dims = stage.hooks.get(name)!.dims.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim));
    const wire = outputs.get(name);
    found.set(name, wire ? fromOnnx(wire) : zeros(positions ? dims.with(1, 1) : dims));
  }
  const constants = outputs.get(ends.constants);
  const sums = constants ? fromOnnx(constants).data : new Float32Array(count);
  return found.set(constantsName, { dims: [count], data: sums });
}

function check(machine: Machine, { from, hooks, cotangents, positions, residual }: PullRequest): void {
  checkHooks([from, ...hooks], machine.stageOf);
  const index = machine.stageOf.get(from)!;
  const stage = machine.stage(index);
  const order = [...stage.hooks.keys()];
  const misplaced = hooks.find(
    (name) => order.indexOf(name) < 0 || order.indexOf(name) >= order.indexOf(from),
  );
  if (index === 0 || index === machine.head || hooks.length === 0 || misplaced) {
    throw new WhenceError(
      'bad-argument',
      `Cotangents at ${from} can be carried to hooks of the same block that come before it${misplaced ? `, not to ${misplaced}` : ''}.`,
    );
  }
  const [, length] = residual.dims;
  const sizes: Record<string, number> = { B: cotangents.dims[0]!, S: length! };
  const dims = stage.hooks.get(from)!.dims.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim));
  const wanted = positions ? dims.with(1, 1) : dims;
  const fits = positions === undefined || positions.length === sizes.B;
  if (String(residual.dims) !== String([1, length, machine.program.architecture.hiddenSize]) || !fits) {
    throw new WhenceError(
      'bad-argument',
      'A pull needs what entered the block, [1, S, D], and a position for each row.',
    );
  }
  if (String(cotangents.dims) !== String(wanted)) {
    throw new WhenceError(
      'bad-argument',
      `Cotangents at ${from} are [${wanted}] here, not [${cotangents.dims}].`,
    );
  }
}
