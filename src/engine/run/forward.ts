import type { Tensor as OnnxTensor } from 'onnxruntime-node';
import { WhenceError } from '../../core/errors';
import { pickedDim } from '../compile/context';
import { ends, forwardGraph } from '../compile/graphs';
import type { ForwardRequest, ForwardResult, Intervention } from '../model';
import type { Tensor } from '../tensor';
import { changedHooks, changeFeeds } from './changes';
import { alignedDims, checkHooks, checkIds, checkIntervention } from './check';
import { fromOnnx, idsToOnnx, integersToOnnx, itemsPerRun, type Machine, pause, toOnnx } from './machine';
import { readout } from './readout';
import { joinRows, positionsOf, rowsOf } from './rows';

/** Positions of one run: with more of them a batch leaves the processor's caches and costs more than its rows one by one. */
const positionsPerRun = 512;

/**
 * Runs the model stage by stage over a batch. Large batches are cut into runs of few rows; a run ends after the last
 * stage that somebody asked for.
 */
export async function forward(machine: Machine, request: ForwardRequest): Promise<ForwardResult> {
  check(machine, request);
  const rows = request.ids.length;
  const positions = request.ids[0]!.length;
  const perRun = Math.min(
    itemsPerRun(rowCost(machine, positions)),
    Math.max(1, Math.floor(positionsPerRun / positions)),
  );
  const parts: ForwardResult[] = [];
  for (let from = 0; from < rows; from += perRun) {
    parts.push(await forwardRows(machine, request, from, Math.min(rows, from + perRun)));
  }
  const join = (pick: (part: ForwardResult) => Tensor) => joinRows(parts.map(pick));
  return {
    hooks: new Map(request.hooks.map((name) => [name, join(({ hooks }) => hooks.get(name)!)])),
    logits: request.logits === 'none' ? null : join(({ logits }) => logits!),
  };
}

/** Multiplications of one block for one row: its matrices, and scores and mixing of attention. */
export function rowCost({ program }: Machine, positions: number): number {
  const matrices = program.stages[1]!.parameters;
  return positions * (matrices + 2 * positions * program.architecture.hiddenSize);
}

async function forwardRows(
  machine: Machine,
  { ids, hooks, interventions = [], logits, signal }: ForwardRequest,
  from: number,
  to: number,
): Promise<ForwardResult> {
  const found = new Map<string, Tensor>();
  const positions = ids[0]!.length;
  const lastHook = Math.max(-1, ...hooks.map((name) => machine.stageOf.get(name)!));
  const changes = interventions.map((change) => forRows(machine, change, ids.length, from, to));

  const isLast = (name: string) => machine.stageOf.get(name)! >= machine.head - 1;
  const touched = hooks.some(isLast) || changes.some(({ hook }) => isLast(hook));
  // At positions whose logits nobody asks for, the last block computes keys and values alone.
  const picked = touched || !Array.isArray(logits) ? null : pickedFrom(logits, positions);

  const run = async (index: number, input: OnnxTensor, output: boolean) => {
    await pause(signal);
    const here = (name: string) => machine.stageOf.get(name) === index;
    const outputs = await runStage(machine, index, input, positions, {
      hooks: hooks.filter(here),
      changes: changes.filter(({ hook }) => here(hook)),
      output,
      picked: index === machine.head - 1 ? picked : null,
    });
    for (const name of hooks.filter(here)) found.set(name, fromOnnx(outputs.get(name)!));
    return outputs.get(ends.output)!;
  };

  let stream = idsToOnnx(ids.slice(from, to));
  const lastStage = logits === 'none' ? lastHook : machine.head - 1;
  for (let index = 0; index <= Math.min(lastStage, machine.head - 1); index++) {
    stream = await run(index, stream, index < lastStage || logits !== 'none' || lastHook === machine.head);
  }

  if (lastHook === machine.head) await run(machine.head, stream, false);
  if (logits === 'none') return { hooks: found, logits: null };
  // Only the rows that are asked for are unembedded: with changes inside the head or without, the same ones.
  const pick = (tensor: Tensor) =>
    logits === 'all' ? tensor : positionsOf(tensor, picked ? [...logits.keys()] : logits);
  const rows = pick(fromOnnx(stream));
  const inHead = changes.filter(({ hook }) => machine.stageOf.get(hook) === machine.head);
  if (inHead.length === 0) return { hooks: found, logits: await readout(machine, rows, signal) };
  await pause(signal);
  const inRows = inHead.map((change) =>
    mapTensors(change, (part) => (part.dims[1] === 1 ? part : pick(part))),
  );
  const asked = { hooks: [], changes: inRows, output: true, picked: null };
  const outputs = await runStage(machine, machine.head, toOnnx(rows), positions, asked);
  return { hooks: found, logits: fromOnnx(outputs.get(ends.output)!) };
}

/**
 * The positions that the last block is to give out, or null for all. One alone stands twice: a product with a single row
 * goes through another kernel, and its last bits would depend on what else was asked for.
 */
function pickedFrom(logits: readonly number[], positions: number): readonly number[] | null {
  const picked = logits.length === 1 ? [logits[0]!, logits[0]!] : logits;
  return picked.length <= positions ? picked : null;
}

async function runStage(
  machine: Machine,
  index: number,
  input: OnnxTensor,
  positions: number,
  asked: {
    hooks: readonly string[];
    changes: readonly Intervention[];
    output: boolean;
    /** The positions of the output, where not all are asked for. */
    picked: readonly number[] | null;
  },
): Promise<ReadonlyMap<string, OnnxTensor>> {
  const stage = machine.stage(index);
  const hooks = [...asked.hooks].sort();
  const request = {
    hooks,
    changes: changedHooks(asked.changes),
    output: asked.output,
    picked: asked.picked !== null,
  };
  return machine.sessions.run(
    JSON.stringify(['forward', index, request]),
    () => forwardGraph(machine.program, stage, request),
    ({ tables }) => ({
      [ends.input]: input,
      ...changeFeeds(asked.changes),
      ...(asked.picked && { [pickedDim]: integersToOnnx(asked.picked) }),
      ...machine.positions.feeds(tables, 0, positions),
    }),
  );
}

/** A change as the rows `from` up to `to` of the batch see it, with as many dimensions as its hook. */
function forRows(
  machine: Machine,
  change: Intervention,
  batch: number,
  from: number,
  to: number,
): Intervention {
  const rank = machine.stage(machine.stageOf.get(change.hook)!).hooks.get(change.hook)!.dims.length;
  return mapTensors(change, ({ dims, data }) => {
    const aligned = { dims: alignedDims(dims, rank), data };
    return aligned.dims[0] === batch ? rowsOf(aligned, from, to) : aligned;
  });
}

function mapTensors({ hook, remove, scale, add }: Intervention, f: (tensor: Tensor) => Tensor): Intervention {
  return { hook, remove: remove && f(remove), scale: scale && f(scale), add: add && f(add) };
}

function check(machine: Machine, { ids, hooks, interventions = [], logits }: ForwardRequest): void {
  checkIds(ids, machine.program.architecture);
  const sizes: Record<string, number> = { B: ids.length, S: ids[0]!.length };
  checkHooks([...hooks, ...interventions.map(({ hook }) => hook)], machine.stageOf);
  for (const change of interventions) {
    const { dims } = machine.stage(machine.stageOf.get(change.hook)!).hooks.get(change.hook)!;
    checkIntervention(
      change,
      dims.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim)),
    );
  }
  if (new Set(interventions.map(({ hook }) => hook)).size < interventions.length) {
    throw new WhenceError('bad-argument', 'A hook can be changed once in a run; join the changes into one.');
  }
  const outside = Array.isArray(logits) && logits.find((position) => !(position >= 0 && position < sizes.S!));
  if (typeof outside === 'number') {
    throw new WhenceError('bad-argument', `There is no position ${outside} in ${sizes.S} tokens.`);
  }
}
