import { Distribution } from '../../src/engine/explain/distribution';
import { logitsWithout } from '../../src/engine/explain/verify';
import type { Model } from '../../src/engine/model';
import { meanOf } from './statistics';

/** Shares of the tokens over which comprehensiveness and sufficiency are averaged (DeYoung et al. 2020). */
const averaged = [0.01, 0.05, 0.1, 0.2, 0.5];
const curve = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** How the target's probability goes when tokens are deleted or kept in the order of their scores. */
export interface DeletionResult {
  /** Mean drop of the probability without the top tokens: more is better. */
  readonly comprehensiveness: number;
  /** Mean drop with the top tokens alone: less is better. */
  readonly sufficiency: number;
  /** Area under probability / original while deleting from the top (Petsiuk et al. 2018): less is better. */
  readonly deletion: number;
  /** The same while putting back from the top into a text of deleted tokens: more is better. */
  readonly insertion: number;
}

/** The target's probability without tokens of a context, by the mean embedding in their place: each set is run once. */
export class Deletions {
  private readonly known = new Map<string, number>();

  constructor(
    private readonly model: Model,
    private readonly ids: readonly number[],
    private readonly target: number,
  ) {}

  /** By set of positions; most of what the methods' rankings ask for is asked for by several of them. */
  async probabilities(sets: readonly (readonly number[])[]): Promise<readonly number[]> {
    const keyOf = (set: readonly number[]) => set.toSorted((a, b) => a - b).join();
    const missing = new Map(sets.map((set) => [keyOf(set), set]));
    for (const key of this.known.keys()) missing.delete(key);
    if (missing.size > 0) {
      const outcomes = await logitsWithout(this.model, this.ids, [...missing.values()]);
      for (const [index, key] of [...missing.keys()].entries())
        this.known.set(key, new Distribution(outcomes[index]!).probabilityOf(this.target));
    }
    return sets.map((set) => this.known.get(keyOf(set))!);
  }
}

/**
 * What is `fixed`, the last token and the prompt format's, is never deleted.
 *
 * @param scores by position
 */
export async function deletionOf(
  deletions: Deletions,
  scores: readonly number[],
  fixed: ReadonlySet<number>,
): Promise<DeletionResult> {
  const order = scores
    .map((_, index) => index)
    .filter((index) => !fixed.has(index))
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  const shares = [...new Set([...averaged, ...curve])];
  const countOf = (share: number) => (share === 0 ? 0 : Math.max(1, Math.round(share * order.length)));
  const counts = [...new Set(shares.map(countOf))];
  const deleted = counts.map((count) => order.slice(0, count));
  const kept = counts.map((count) => order.slice(count));
  const probabilities = await deletions.probabilities([...deleted, ...kept]);
  const without = (share: number) => probabilities[counts.indexOf(countOf(share))]!;
  const alone = (share: number) => probabilities[counts.length + counts.indexOf(countOf(share))]!;
  const original = without(0);
  const area = (probability: (share: number) => number) => {
    const ratios = curve.map((share) => probability(share) / original);
    return (
      ratios.slice(1).reduce((sum, ratio, index) => sum + (ratio + ratios[index]!) / 2, 0) /
      (curve.length - 1)
    );
  };
  return {
    comprehensiveness: meanOf(averaged.map((share) => original - without(share))),
    sufficiency: meanOf(averaged.map((share) => original - alone(share))),
    deletion: area(without),
    insertion: area(alone),
  };
}
