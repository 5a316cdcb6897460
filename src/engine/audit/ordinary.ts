import type { OrdinarySample } from '../../core/audit/journal';
import type { Change } from '../../core/change/change';
import { changedLogits } from '../change/logits';
import { Distribution } from '../explain/distribution';
import { rowsIn } from '../explain/metric';
import type { Model } from '../model';
import { readCorpus } from '../partIndex/corpus';

/** Texts of ordinary code, and tokens of each. */
const texts = 8;
const longest = 128;

/** Ordinary code on which loss is measured. */
export interface Ordinary {
  readonly described: OrdinarySample;
  readonly texts: readonly { readonly ids: readonly number[]; readonly first: number }[];
}

/**
 * The first texts of a folder of code, in the order in which an index of parts reads it.
 *
 * @throws WhenceError `bad-input` where there is no code
 */
export async function ordinaryCode(model: Model, folder: string, signal?: AbortSignal): Promise<Ordinary> {
  const corpus = await readCorpus(model, { name: 'bundled', folders: [folder], texts }, signal);
  const read = corpus.texts.map(({ ids, first }) => ({ ids: [...ids.slice(0, longest)], first }));
  const tokens = read.reduce((sum, { ids, first }) => sum + ids.length - first, 0);
  const { name, sha256 } = corpus.described;
  return { described: { name, sha256, texts: read.length, tokens }, texts: read };
}

/** Mean loss of the next token of ordinary code under changes, in nats. */
export async function lossUnder(
  model: Model,
  ordinary: Ordinary,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<number> {
  let loss = 0;
  for (const { ids, first } of ordinary.texts) {
    const context = ids.slice(0, -1);
    const predicted = ids.length - first;
    const [logits] = await changedLogits(model, context, [changes], { predicted, signal });
    for (const [at, row] of rowsIn(logits!, predicted).entries()) {
      loss -= new Distribution(row).logProbabilityOf(ids[first + at]!);
    }
  }
  return loss / ordinary.described.tokens;
}
