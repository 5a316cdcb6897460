import type { Explanation, RecallCheck } from '../../core/explanation';
import { nearbyTokens, originOf } from '../../core/origin';
import { readsAhead } from '../../core/text';
import type { Model } from '../model';
import { Distribution } from './distribution';

/** Code that has nothing to do with any question, in words that Python and the languages with braces share. */
const unrelated = 'width = 12\nheight = 30\nbest = [2, 3, 5]\ncolor = "green"\n\n';
/** The token still comes when it keeps at least this share of its probability. */
const leastKept = 0.5;

/**
 * Is a token that was not copied composed from the context, or recalled? All but the last few tokens are replaced by unrelated
 * code, and the model runs again on that short text: what still comes needs nothing further up. Costs a forward of some
 * forty tokens.
 *
 * @returns null where it was copied, nothing is known, a span is asked about, a gap was filled in, or there is nothing further up
 */
export async function recallOf(
  model: Model,
  explanation: Explanation,
  signal?: AbortSignal,
): Promise<RecallCheck | null> {
  const { tokens, target, span } = explanation;
  const { kind } = originOf(explanation);
  const context = tokens.slice(0, target.index);
  const special = context.filter(({ start, end }) => start === end);
  if (span || readsAhead(tokens, target.index) || (kind !== 'composed' && kind !== 'recalled')) return null;
  if (context.length - special.length <= nearbyTokens) return null;
  const ids = context.map(({ id }) => id);
  const probability = await probabilityAlone(model, ids, target.id, signal);
  return { nearby: nearbyTokens, probability, holds: probability >= leastKept * target.probability };
}

/** A token's probability after unrelated code and the last few tokens of its context. */
export async function probabilityAlone(
  model: Model,
  context: readonly number[],
  target: number,
  signal?: AbortSignal,
): Promise<number> {
  const { tokenizer } = model;
  const ids = [
    ...context.filter((id) => tokenizer.isSpecial(id)),
    ...tokenizer.encode(unrelated).map(({ id }) => id),
    ...context.slice(-nearbyTokens),
  ];
  const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1], signal });
  return new Distribution(logits!.data).probabilityOf(target);
}
