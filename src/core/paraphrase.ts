import type { Tier, Verification } from './explanation';

/** How a program is written anew without a change of its meaning. */
export const variantKinds = ['rename', 'reformat', 'comment'] as const;
export type VariantKind = (typeof variantKinds)[number];

/** One way of writing it, and whether the explanation survives it. */
export interface Variant {
  readonly kind: VariantKind;
  /** What was done: `total` renamed to `entry`. */
  readonly change: string;
  /** The token that is the answer now: that of the new name, where the answer itself was renamed. */
  readonly expected: string;
  readonly probability: { readonly before: number; readonly after: number };
  /** Of the answer in the variant. */
  readonly rank: number;
  /** First tokens of the names or signs that brought the most, as many as the measured check names, strongest first. */
  readonly named: readonly number[];
  /** Those of them that are among as many strongest in the variant. */
  readonly kept: readonly number[];
  /** Their share of what all of the named brought before. */
  readonly share: number;
  readonly holds: boolean;
}

/** What was measured when the name an answer was copied from is another one there. */
export interface Counterfactual {
  /** Tokens of the context that were replaced: all of that text on the source's line. */
  readonly replaced: readonly number[];
  readonly from: string;
  readonly to: string;
  /** Probabilities of the answer, and of the same answer with the other name. */
  readonly before: { readonly old: number; readonly changed: number };
  readonly after: { readonly old: number; readonly changed: number };
  /** The other name has overtaken. */
  readonly holds: boolean;
}

/** The paraphrase check: whether an explanation is about the program rather than about how it is written. */
export interface Paraphrase {
  readonly variants: readonly Variant[];
  /** What could not be tried, each with the reason. */
  readonly skipped: readonly { readonly kind: VariantKind | 'counterfactual'; readonly reason: string }[];
  /** Null where nothing was copied, so that nothing is predicted. */
  readonly counterfactual: Counterfactual | null;
  readonly tier: Tier;
}

/** The named sources that stay must have brought at least this share, and the strongest must be among them. */
const leastShare = 0.5;
/** The answer stays when it is still the first choice, or keeps this share of its probability. */
const leastKept = 0.5;

/** Whether a variant confirms: the answer stays, and so do the sources that brought most of it. */
export function variantHolds(variant: Omit<Variant, 'holds'>, rankBefore: number): boolean {
  const { probability, rank, named, kept, share } = variant;
  const stays = (rankBefore === 1 && rank === 1) || probability.after >= leastKept * probability.before;
  return stays && named.length > 0 && kept.includes(named[0]!) && share >= leastShare;
}

/**
 * How far the claim was tested. Each tier has the ones before it: `patched` and `replicated` need the measured check to hold;
 * `replicated` a renaming and a reformatting at least, of which none fails. It stands above `patched` and
 * does not need it, as an answer that was not copied predicts no counterfactual.
 */
export function tierOf(
  verification: Verification | null,
  { variants, counterfactual }: Pick<Paraphrase, 'variants' | 'counterfactual'>,
): Tier {
  const tier = verification?.tier ?? 'attributed';
  if (tier !== 'ablated') return tier;
  const tried = (kind: VariantKind) => variants.some((variant) => variant.kind === kind);
  const refuted = counterfactual?.holds === false || variants.some(({ holds }) => !holds);
  if (!refuted && tried('rename') && tried('reformat')) return 'replicated';
  return counterfactual?.holds ? 'patched' : tier;
}
