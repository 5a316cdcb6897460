import type { Change } from '../../core/change/change';
import { WhenceError } from '../../core/errors';
import { greedy, type Sampling } from '../../core/generation';
import { longestContinuation } from '../../core/intervention';
import type { Model } from '../model';
import { tokenIndex } from '../run/constraint';
import { createSampler } from '../run/sampling';
import { changedLogits, patternsOf } from './logits';

export interface ContinuationOptions {
  /** How many tokens, unless the text ends before or the context is full. */
  readonly count: number;
  readonly freezeAttention: boolean;
  /** Absent: greedy. */
  readonly sampling?: Sampling;
  readonly signal?: AbortSignal;
}

/**
 * Goes on with a text under changes. Every token comes from a forward of the whole text so far, since a cache knows nothing
 * of changes: a few tokens, not a document. With attention frozen it looks at every step where the model as it is would look
 * in the same text.
 *
 * @throws WhenceError `bad-argument`, `cancelled`
 */
export async function continueUnder(
  model: Model,
  ids: readonly number[],
  changes: readonly Change[],
  { count, freezeAttention, sampling = greedy, signal }: ContinuationOptions,
): Promise<{ readonly text: string; readonly ids: readonly number[] }> {
  checkCount(count);
  const { tokenizer, info } = model;
  const choose = createSampler(sampling);
  const candidates = tokenIndex(tokenizer).all;
  const added: number[] = [];
  while (added.length < count && ids.length + added.length < info.contextLength) {
    const text = [...ids, ...added];
    const held = freezeAttention ? await patternsOf(model, text, signal) : undefined;
    const extent = { prompt: ids.length, reach: ids.length + count };
    const [logits] = await changedLogits(model, text, [changes], { ...extent, held, signal });
    const id = choose(logits!, candidates);
    if (tokenizer.isSpecial(id)) break;
    added.push(id);
  }
  return { text: tokenizer.decode(added), ids: added };
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= longestContinuation) return;
  throw new WhenceError(
    'bad-argument',
    `A continuation under changes has 0 to ${longestContinuation} tokens, not ${count}.`,
  );
}
