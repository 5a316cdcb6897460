import type { Ablation } from '../../../core/explanation';
import type { Intervention, Model } from '../../model';
import type { Tensor } from '../../tensor';
import { rowsIn } from '../metric';
import { hookOf, lastPositions } from '../trace';
import type { Asked } from './method';
import type { ModelPart } from './parts';
import { sampleValues } from './sample';

/** Rows of a batch at most: each set of parts is a row. */
const batchRows = 16;

/** A context to run with parts of the model ablated. */
export interface AblatedRow {
  readonly ids: readonly number[];
  readonly parts: readonly ModelPart[];
}

/** The logits [queries, V] with each set of parts ablated at all positions; a forward of the context for each. */
export function ablatedLogits(
  { model, trace, signal }: Pick<Asked, 'model' | 'trace' | 'signal'>,
  sets: readonly (readonly ModelPart[])[],
  kind: Ablation,
): Promise<Float32Array[]> {
  return ablatedRows(
    model,
    sets.map((parts) => ({ ids: trace.ids, parts })),
    kind,
    signal,
    trace.queries.length,
  );
}

/**
 * The logits [predicted, V] at the last positions of each row, its parts ablated at all positions. Rows of as many tokens
 * run together.
 */
export async function ablatedRows(
  model: Model,
  rows: readonly AblatedRow[],
  kind: Ablation,
  signal?: AbortSignal,
  predicted = 1,
): Promise<Float32Array[]> {
  const outcomes: Float32Array[] = [];
  for (const indices of byLength(rows).values()) {
    for (let from = 0; from < indices.length; from += batchRows) {
      const batch = indices.slice(from, from + batchRows);
      const logits = await batchLogits(
        model,
        batch.map((index) => rows[index]!),
        kind,
        predicted,
        signal,
      );
      for (const [at, index] of batch.entries()) outcomes[index] = logits[at]!;
    }
  }
  return outcomes;
}

/** Indices of rows by how many tokens they have. */
function byLength(rows: readonly AblatedRow[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (const [index, { ids }] of rows.entries()) {
    groups.set(ids.length, [...(groups.get(ids.length) ?? []), index]);
  }
  return groups;
}

/** Of rows of as many tokens. */
async function batchLogits(
  model: Model,
  rows: readonly AblatedRow[],
  kind: Ablation,
  predicted: number,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const length = rows[0]!.ids.length;
  const hooks = [...new Set(rows.flatMap(({ parts }) => parts.map(({ hook }) => hook)))];
  const values = kind === 'zero' ? null : await sampleValues(model, hooks, kind, length, signal);
  const { logits } = await model.forward({
    ids: rows.map(({ ids }) => ids),
    hooks: [],
    interventions: hooks.map((hook) =>
      replacing(
        model,
        hook,
        rows.map(({ parts }) => parts.filter((part) => part.hook === hook)),
        values && hookOf(values, hook),
      ),
    ),
    logits: lastPositions(length, predicted),
    signal,
  });
  return rowsIn(logits!.data, rows.length);
}

/** Puts `value` [1, S or 1, …], or zero, in the place of the hook's heads, or of all of it, in each row. */
function replacing(
  { info }: Model,
  hook: string,
  rows: readonly (readonly ModelPart[])[],
  value: Tensor | null,
): Intervention {
  const split = rows.some((parts) => parts.some(({ head }) => head !== null));
  const heads = split ? info.heads : 1;
  const kept = rows.map((parts) =>
    Array.from({ length: heads }, (_, head) =>
      parts.some((part) => part.head === null || part.head === head) ? 0 : 1,
    ),
  );
  const scale: Tensor = {
    dims: split ? [rows.length, 1, heads, 1] : [rows.length, 1, 1],
    data: Float32Array.from(kept.flat()),
  };
  if (!value) return { hook, scale };
  const size = value.dims.at(-1)!;
  const data = new Float32Array(rows.length * value.data.length);
  for (const [row, keeps] of kept.entries()) {
    for (const [index, entry] of value.data.entries()) {
      const head = Math.floor(index / size) % heads;
      if (keeps[head] === 0) data[row * value.data.length + index] = entry;
    }
  }
  return { hook, scale, add: { dims: [rows.length, ...value.dims.slice(1)], data } };
}
