import type { Tier } from './explanation';

/** What each tier of evidence says, for people; from the weakest to the strongest. */
export const tierWords: Readonly<Record<Tier, string>> = {
  observed: 'Observed: what the model looked at; neither its sums nor an experiment confirm it',
  attributed: 'Attributed: contributions whose sums were verified; no experiment confirmed them',
  ablated: 'Ablated: the named sources were deleted, and the answer fell as the explanation says',
  patched: 'Patched: another name was put at the source, and the answer followed it',
  replicated: 'Replicated: the program was renamed and reformatted, and the same sources still won',
};
