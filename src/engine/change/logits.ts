import type { Change } from '../../core/change/change';
import { WhenceError } from '../../core/errors';
import { rowsIn } from '../explain/metric';
import { blockHooks, lastPositions, layersOf } from '../explain/trace';
import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { checkPlan, interventionsOf } from './interventions';
import { layoutOf, sitesOf } from './sites';

/** Rows of a batch at most. */
const batchRows = 16;
/** Numbers that the changes of a batch may take, of four bytes each. */
const batchNumbers = 48_000_000;
/** Numbers that held attention patterns may take. */
const mostHeld = 200_000_000;

/** A text to run with changes. */
export interface ChangedRow {
  readonly ids: readonly number[];
  readonly changes: readonly Change[];
}

export interface ChangedOptions {
  /** By the hooks of attention patterns, [1, H, S, S]: where attention looks whatever is changed; of the rows' one text. */
  readonly held?: ReadonlyMap<string, Tensor>;
  /** Tokens of the prompt, from whose end positions below 0 count; all of the text unless given. */
  readonly prompt?: number;
  /** How long the text will become at most: positions up to there may be changed. As long as it is unless given. */
  readonly reach?: number;
  /** How many of the last positions to bring back; 1 unless given. */
  readonly predicted?: number;
  readonly signal?: AbortSignal;
}

/** The next token's logits [V] after a text under each set of changes. Throws as `changedRows`. */
export function changedLogits(
  model: Model,
  ids: readonly number[],
  sets: readonly (readonly Change[])[],
  options: ChangedOptions = {},
): Promise<Float32Array[]> {
  return changedRows(
    model,
    sets.map((changes) => ({ ids, changes })),
    options,
  );
}

/**
 * The logits [predicted, V] at the last positions of each row under its changes. Rows of as many tokens run together, as
 * many as the changes leave memory for.
 *
 * @throws WhenceError `bad-argument` for what the model does not have or what does not fit, `cancelled`
 */
export async function changedRows(
  model: Model,
  rows: readonly ChangedRow[],
  { held, prompt, reach, predicted = 1, signal }: ChangedOptions = {},
): Promise<Float32Array[]> {
  const extentOf = ({ length }: readonly number[]) => ({ length, prompt: prompt ?? length });
  for (const { ids, changes } of rows) {
    checkPlan(model, changes, { ...extentOf(ids), length: reach ?? ids.length });
  }
  const outcomes: Float32Array[] = [];
  for (const batch of batchesOf(model, rows)) {
    const changed = batch.map((index) => rows[index]!);
    const { ids } = changed[0]!;
    const sets = changed.map(({ changes }) => changes);
    const interventions = await interventionsOf(model, sets, { ...extentOf(ids), held, signal });
    const { logits } = await model.forward({
      ids: changed.map((row) => row.ids),
      hooks: [],
      interventions,
      logits: lastPositions(ids.length, predicted),
      signal,
    });
    for (const [at, row] of rowsIn(logits!.data, batch.length).entries()) outcomes[batch[at]!] = row.slice();
  }
  return outcomes;
}

/** Indices of rows that run together: of one length, and with changes that fit into memory; one row at least. */
function batchesOf(model: Model, rows: readonly ChangedRow[]): readonly (readonly number[])[] {
  const batches: number[][] = [];
  const open = new Map<number, { readonly batch: number[]; readonly hooks: Set<string> }>();
  for (const [index, { ids, changes }] of rows.entries()) {
    const own = changes.flatMap(({ part }) => sitesOf(part, model).map(({ hook }) => hook));
    const current = open.get(ids.length);
    const together = new Set([...(current?.hooks ?? []), ...own]);
    const size = (current?.batch.length ?? 0) + 1;
    const fits = size <= batchRows && size * numbersAt(model, together, ids.length) <= batchNumbers;
    if (current && fits) {
      current.batch.push(index);
      for (const hook of own) current.hooks.add(hook);
    } else {
      const batch = [index];
      batches.push(batch);
      open.set(ids.length, { batch, hooks: new Set(own) });
    }
  }
  return batches;
}

function numbersAt(model: Model, hooks: Iterable<string>, length: number): number {
  let numbers = 0;
  for (const hook of hooks) {
    numbers += layoutOf(model, hook, length).sizes.reduce((product, size) => product * size, 1);
  }
  return numbers;
}

/**
 * Where attention looks in the model as it is, by hook: what is held while other things change.
 *
 * @throws WhenceError `bad-input` where the patterns of a text so long do not fit into memory
 */
export async function patternsOf(
  model: Model,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Tensor>> {
  const hooks = layersOf(model).map(blockHooks.pattern);
  if (numbersAt(model, hooks, ids.length) > mostHeld) {
    throw new WhenceError(
      'bad-input',
      `The attention patterns of ${ids.length} tokens are too many to be held: shorten the text, or leave attention free.`,
    );
  }
  return (await model.forward({ ids: [ids], hooks, logits: 'none', signal })).hooks;
}
