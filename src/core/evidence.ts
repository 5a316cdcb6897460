import type { Tier } from './explanation';

/** A tier of evidence, for people. */
export interface TierWords {
  /** A circle that fills up, since each tier stands on those before it. */
  readonly icon: string;
  /** What it is called where the field's words are avoided. */
  readonly plain: string;
  readonly says: string;
}

/** From the weakest to the strongest. */
export const tierWords: Readonly<Record<Tier, TierWords>> = {
  observed: {
    icon: '○',
    plain: 'seen',
    says: 'Observed: what the model looked at; neither its sums nor an experiment confirm it',
  },
  attributed: {
    icon: '◔',
    plain: 'computed',
    says: 'Attributed: contributions whose sums were verified; no experiment confirmed them',
  },
  ablated: {
    icon: '◑',
    plain: 'tested',
    says: 'Ablated: the named sources were deleted, and the answer fell as the explanation says',
  },
  patched: {
    icon: '◕',
    plain: 'tested twice',
    says: 'Patched: another name was put at the source, and the answer followed it',
  },
  replicated: {
    icon: '●',
    plain: 'held again',
    says: 'Replicated: the program was renamed and reformatted, and the same sources still won',
  },
};
