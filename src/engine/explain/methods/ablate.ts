import type { Ablation } from '../../../core/explanation';
import type { Intervention } from '../../model';
import type { Tensor } from '../../tensor';
import { hookOf } from '../trace';
import type { Asked } from './method';
import type { ModelPart } from './parts';
import { sampleValues } from './sample';

/** Rows of a batch at most: each set of parts is a row. */
const batchRows = 16;

/** The next token's logits with each set of parts ablated at all positions; a forward of the context for each. */
export async function ablatedLogits(
  { model, trace, signal }: Pick<Asked, 'model' | 'trace' | 'signal'>,
  sets: readonly (readonly ModelPart[])[],
  kind: Ablation,
): Promise<Float32Array[]> {
  const hooks = [...new Set(sets.flat().map(({ hook }) => hook))];
  const values = kind === 'zero' ? null : await sampleValues(model, hooks, kind, trace.ids.length, signal);
  const outcomes: Float32Array[] = [];
  for (let from = 0; from < sets.length; from += batchRows) {
    const batch = sets.slice(from, from + batchRows);
    const changed = hooks.filter((hook) => batch.flat().some((part) => part.hook === hook));
    const { logits } = await model.forward({
      ids: batch.map(() => trace.ids),
      hooks: [],
      interventions: changed.map((hook) =>
        replacing(
          hook,
          hookOf(trace.hooks, hook),
          batch.map((parts) => parts.filter((part) => part.hook === hook)),
          values && hookOf(values, hook),
        ),
      ),
      logits: [trace.query],
      signal,
    });
    const vocabulary = logits!.dims[2]!;
    batch.forEach((_, row) => {
      outcomes.push(logits!.data.slice(row * vocabulary, (row + 1) * vocabulary));
    });
  }
  return outcomes;
}

/** Puts `value` [1, S or 1, …], or zero, in the place of the hook's heads, or of all of it, in each row. */
function replacing(
  hook: string,
  current: Tensor,
  rows: readonly (readonly ModelPart[])[],
  value: Tensor | null,
): Intervention {
  const split = current.dims.length === 4;
  const heads = split ? current.dims[2]! : 1;
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
  const size = current.dims.at(-1)!;
  const data = new Float32Array(rows.length * value.data.length);
  for (const [row, keeps] of kept.entries()) {
    for (const [index, entry] of value.data.entries()) {
      const head = Math.floor(index / size) % heads;
      if (keeps[head] === 0) data[row * value.data.length + index] = entry;
    }
  }
  return { hook, scale, add: { dims: [rows.length, ...value.dims.slice(1)], data } };
}
