import { nameToken, showProbability, showShare } from '../display';
import type { Counterfactual, Paraphrase, Variant } from '../paraphrase';

/** One way in which the program was written anew, and whether the explanation survived it; null where it was not tried. */
export interface Trial {
  readonly holds: boolean | null;
  readonly text: string;
}

/** Every way that was tried or could not be, in words. */
export function trialsOf({ variants, counterfactual, skipped }: Paraphrase): readonly Trial[] {
  return [
    ...variants.map((variant) => ({ holds: variant.holds, text: variantWords(variant) })),
    ...(counterfactual ? [{ holds: counterfactual.holds, text: swappedWords(counterfactual) }] : []),
    ...skipped.map(({ kind, reason }) => ({ holds: null, text: `${notTried[kind]}: ${reason}` })),
  ];
}

/** Whether the explanation is about the program or about how it is written. */
export function paraphraseVerdict(paraphrase: Paraphrase): string {
  const { variants, counterfactual } = paraphrase;
  const tried = [...variants, ...(counterfactual ? [counterfactual] : [])];
  const failed = tried.filter(({ holds }) => !holds).length;
  if (tried.length === 0) return 'Nothing could be tried here, so this says nothing.';
  if (failed === 0) return 'It holds: however the program was written, the same sources won.';
  if (failed === tried.length) return 'It does not hold: written another way, other sources win.';
  return `It holds in part: ${tried.length - failed} of ${tried.length} ways to write it confirm the explanation.`;
}

const notTried = {
  rename: 'Renaming was not tried',
  reformat: 'Reformatting was not tried',
  comment: 'Dropping a comment was not tried',
  counterfactual: 'Another name at the source was not tried',
} as const;

function variantWords({ change, expected, probability, named, kept, share }: Variant): string {
  const fate = `${nameToken(expected)} gets ${showProbability(probability.after)}; it had ${showProbability(probability.before)}`;
  const sources =
    kept.length === named.length
      ? 'all of its sources stay'
      : `${kept.length} of its ${named.length} sources stay, with ${showShare(share)} of what they brought`;
  return `${change}: ${fate}, and ${sources}.`;
}

function swappedWords({ from, to, before, after }: Counterfactual): string {
  return `With ${nameToken(to)} in place of ${nameToken(from)} at its source alone, ${nameToken(to)} gets ${showProbability(after.changed)} (it had ${showProbability(before.changed)}) and ${nameToken(from)} ${showProbability(after.old)} (it had ${showProbability(before.old)}).`;
}
