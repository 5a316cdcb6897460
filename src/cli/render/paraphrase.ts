import { showProbability, showRank, showShare } from '../../core/display';
import { tierWords } from '../../core/evidence';
import type { Counterfactual, Paraphrase, Variant } from '../../core/paraphrase';
import { padEnd, type Style } from '../style';
import { visible } from './visible';

const kindWords = {
  rename: 'renamed',
  reformat: 'reformatted',
  comment: 'comment',
  counterfactual: 'other name',
};

/** What came of each way of writing the program, and how far the explanation was tested. */
export function renderParaphrase(
  { variants, counterfactual, skipped, tier }: Paraphrase,
  style: Style,
): string[] {
  const mark = (holds: boolean) => (holds ? style.good('✓') : style.bad('✗'));
  const label = (kind: keyof typeof kindWords) => padEnd(kindWords[kind], 12);
  return [
    ...variants.map((variant) => `${mark(variant.holds)} ${label(variant.kind)}${variantWords(variant)}`),
    ...(counterfactual
      ? [`${mark(counterfactual.holds)} ${label('counterfactual')}${counterfactualWords(counterfactual)}`]
      : []),
    ...skipped.map(({ kind, reason }) => style.faint(`· ${label(kind)}not tried: ${visible(reason)}`)),
    tierWords[tier].says,
  ];
}

function variantWords({ change, expected, probability, rank, named, kept, share }: Variant): string {
  const answer = `${visible(expected.trim())} ${showProbability(probability.before)} → ${showProbability(probability.after)}`;
  const sources = `${kept.length} of ${named.length} sources stay, ${showShare(share)} of what they brought`;
  return `${visible(change)}: ${answer}, ${showRank(rank)}; ${sources}`;
}

function counterfactualWords({ from, to, before, after }: Counterfactual): string {
  const moved = (old: number, now: number) => `${showProbability(old)} → ${showProbability(now)}`;
  return `‘${visible(from)}’ made ‘${visible(to)}’ at its source: ${visible(from)} ${moved(before.old, after.old)}, ${visible(to)} ${moved(before.changed, after.changed)}`;
}
