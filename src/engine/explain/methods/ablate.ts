import { partNamed } from '../../../core/change/changeText';
import type { Ablation } from '../../../core/explanation';
import { changedRows } from '../../change/logits';
import type { Model } from '../../model';
import type { Asked } from './method';
import type { ModelPart } from './parts';

/** A context to run with parts of the model ablated. */
interface AblatedRow {
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
function ablatedRows(
  model: Model,
  rows: readonly AblatedRow[],
  kind: Ablation,
  signal?: AbortSignal,
  predicted = 1,
): Promise<Float32Array[]> {
  const ablated = ({ name }: ModelPart) =>
    ({ part: partNamed(name), positions: 'all', how: { kind } }) as const;
  const changed = rows.map(({ ids, parts }) => ({ ids, changes: parts.map(ablated) }));
  return changedRows(model, changed, { predicted, signal });
}
