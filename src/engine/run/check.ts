import { WhenceError } from '../../core/errors';
import type { Architecture } from '../compile/architecture';
import type { Shape } from '../compile/shape';
import type { Intervention } from '../model';
import type { Tensor } from '../tensor';

/** Names offered beside one that does not exist. */
const maxSuggestions = 3;

/** Throws `bad-argument` unless these are rows that the model can read. */
export function checkIds(
  ids: readonly (readonly number[])[],
  { vocabularySize, contextLength }: Architecture,
): void {
  const positions = ids[0]?.length ?? 0;
  if (positions === 0) throw new WhenceError('bad-argument', 'There are no tokens to run the model on.');
  const uneven = ids.find((row) => row.length !== positions);
  if (uneven) {
    throw new WhenceError(
      'bad-argument',
      `Rows of a batch need equal lengths: there are ${positions} and ${uneven.length} tokens.`,
    );
  }
  checkLength(positions, contextLength);
  for (const row of ids) checkVocabulary(row, vocabularySize);
}

export function checkLength(positions: number, contextLength: number): void {
  if (positions <= contextLength) return;
  throw new WhenceError(
    'bad-argument',
    `${positions} tokens do not fit into the model's context of ${contextLength}; shorten the text.`,
  );
}

export function checkVocabulary(ids: readonly number[], vocabularySize: number): void {
  const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (unknown === undefined) return;
  throw new WhenceError(
    'bad-argument',
    `There is no token ${unknown}: the model's vocabulary has the ids 0 to ${vocabularySize - 1}.`,
  );
}

/** Throws `bad-argument` for a name that is no hook of the model, and names the nearest ones. */
export function checkHooks(names: readonly string[], known: ReadonlyMap<string, unknown>): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const near = [...known.keys()]
    .map((name) => ({ name, distance: editDistance(unknown, name) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxSuggestions)
    .map(({ name }) => name);
  throw new WhenceError('bad-argument', `The model has no hook ${unknown}. Near it are ${near.join(', ')}.`);
}

/** Throws `bad-argument` unless the change broadcasts over a hook of that shape. */
export function checkIntervention({ hook, remove, scale, add }: Intervention, shape: Shape): void {
  for (const { dims, data } of [remove, scale, add].filter((part) => part !== undefined)) {
    const aligned = alignedDims(dims, shape.length);
    const fits =
      aligned.length === shape.length && aligned.every((dim, axis) => dim === 1 || dim === shape[axis]);
    if (!fits || data.length !== dims.reduce((product, dim) => product * dim, 1)) {
      throw new WhenceError(
        'bad-argument',
        `A change of shape [${dims}] does not fit ${hook}, which is [${shape}] here.`,
      );
    }
  }
}

/** Shapes are aligned at their last dimensions: missing ones in front count as 1. */
export function alignedDims(dims: Tensor['dims'], rank: number): number[] {
  return [...Array<number>(Math.max(0, rank - dims.length)).fill(1), ...dims];
}

/** Throws `model-broken` for infinities and what is not a number, which damaged weights lead to. */
export function checkFinite(values: Float32Array): void {
  if (values.every(Number.isFinite)) return;
  throw new WhenceError(
    'model-broken',
    'The model computes values that are no numbers, so its weights are broken. Fetch it again, or choose another model.',
  );
}

/** How many letters have to be put in, taken out or replaced (Levenshtein 1965). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
