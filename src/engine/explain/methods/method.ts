import type { Check, MethodSettings, Source } from '../../../core/explanation';
import type { Model } from '../../model';
import type { Attribution } from '../direct';
import type { TokenMetric } from '../metric';
import type { Trace } from '../trace';

/** What a method is asked: to share out the metric of the next token's logits, after a context that has run once. */
export interface Asked {
  readonly model: Model;
  readonly trace: Trace;
  readonly metric: TokenMetric;
  /** The metric's value in this run. */
  readonly total: number;
  /** What was written directly into the output; every explanation has it. */
  readonly direct: Attribution;
  readonly settings: MethodSettings;
  /** The run of another prompt of as many tokens, for methods that compare. */
  readonly counterfactual?: Trace;
  readonly signal?: AbortSignal;
}

/** What a method found. Every score is in the metric's unit. */
export interface Attributed {
  /** One for each token of the context, in order. */
  readonly sources: readonly Source[];
  /** With the sources it makes the total; what it consists of is the method's to say. */
  readonly remainder: number;
  /** By component name, the effect through all paths at all positions; null where the method does not say. */
  readonly totals: ReadonlyMap<string, number> | null;
  /** The identities that this method satisfies. */
  readonly checks: readonly Check[];
  /** When these numbers mislead, a sentence each. */
  readonly warnings: readonly string[];
}

/** One way of attribution; throws `cancelled` when the signal was aborted. */
export type AttributionMethod = (asked: Asked) => Promise<Attributed>;

/** Scores by position as sources. */
export function sourcesOf(scores: Iterable<number>): Source[] {
  return Array.from(scores, (score, index) => ({ index, score }));
}
