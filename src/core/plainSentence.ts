import type { AnswerPart } from './answer';
import { words } from './answerParts';
import { nameToken, showProbability, showShare } from './display';
import type { Explanation } from './explanation';
import type { Origin } from './origin';

/** The answer's sentence where the field's vocabulary stands in it, in words that need none; as it was said otherwise. */
export function plainSentence(
  { span, contrast, checks, recall, target }: Explanation,
  { kind, recalled }: Origin,
  said: readonly AnswerPart[],
): readonly AnswerPart[] {
  if (checks.some(({ holds }) => !holds)) {
    return [words('Not known well enough to say: the model’s own numbers do not add up here.')];
  }
  if (span || kind !== 'recalled') return said;
  const share = showShare(Math.min(1, recalled));
  const over = contrast ? ` rather than ${nameToken(contrast.text)}` : '';
  const kept = recall
    ? ` With other code in place of all but the last ${recall.nearby} tokens it keeps ${showProbability(recall.probability)} of its ${showProbability(target.probability)}.`
    : '';
  return [
    words(
      `Recalled from what the model learned in training: ${share} of what speaks for it${over} was read nowhere in the text above.${kept}`,
    ),
  ];
}
