import { type ExplainedEntry, replicates } from '../../core/audit/journal';
import type { FindingMechanism } from '../../core/audit/report';
import type { Estimate } from '../../core/audit/statistics';
import { randomFrom } from '../explain/random';

/** In how many pairs something was found. */
export class Counts {
  both = 0;
  first = 0;
  second = 0;
  neither = 0;

  add(probe: boolean, control: boolean): void {
    if (probe && control) this.both++;
    else if (probe) this.first++;
    else if (control) this.second++;
    else this.neither++;
  }
}

/**
 * A mean with its percentile interval by a Poisson bootstrap: every replicate takes each value as often as a Poisson variable
 * of mean 1 says, so nothing but the replicates' sums is kept (Hanley and MacGibbon 2006; Chamandy et al., "Estimating
 * uncertainty for massive data streams", 2012). What a replicate draws depends on the seed and the value's cluster alone: values
 * of one cluster are taken together as often, as they are no independent observations (Field and Welsh, "Bootstrapping
 * clustered data", JRSS B 2007). Without a cluster each value is its own.
 */
export class MeanTally {
  count = 0;
  private sum = 0;
  private readonly sums = new Float64Array(replicates);
  private readonly weights = new Float64Array(replicates);

  constructor(private readonly seed: readonly number[]) {}

  add(value: number, cluster = this.count): void {
    const random = randomFrom([...this.seed, cluster]);
    this.count++;
    this.sum += value;
    for (let replicate = 0; replicate < replicates; replicate++) {
      const weight = poisson(random());
      this.sums[replicate]! += weight * value;
      this.weights[replicate]! += weight;
    }
  }

  get mean(): number {
    return this.sum / this.count;
  }

  estimate(): Estimate {
    const means = [...this.sums].flatMap((sum, at) =>
      this.weights[at]! > 0 ? [sum / this.weights[at]!] : [],
    );
    means.sort((a, b) => a - b);
    const at = (share: number) =>
      means[Math.min(means.length - 1, Math.floor(share * means.length))] ?? this.mean;
    return { value: this.mean, low: at(0.025), high: at(0.975) };
  }
}

/** A Poisson variable of mean 1 from a uniform one. */
function poisson(uniform: number): number {
  let probability = Math.exp(-1);
  let cumulated = probability;
  let value = 0;
  while (uniform >= cumulated && value < 20) {
    value++;
    probability /= value;
    cumulated += probability;
  }
  return value;
}

/** What carries a finding, summed over the pairs that were explained. */
export class CarriedTally {
  private count = 0;
  private readonly probe: Float64Array;
  private readonly control: Float64Array;
  private readonly pieces = new Map<string, { readonly label: string; sum: number; pairs: number }>();

  /**
   * @param direction of a comparison, the sign of its mean difference, which is what is carried; null of an event, where it
   * is what comes after the prompt
   * @param joint as `jointSlots`
   */
  constructor(
    private readonly parts: readonly string[],
    private readonly direction: 1 | -1 | null,
    private readonly joint: ReadonlyMap<string, string> = new Map(),
  ) {
    this.probe = new Float64Array(parts.length);
    this.control = new Float64Array(parts.length);
  }

  add({ probe, control }: Pick<ExplainedEntry, 'probe' | 'control'>): void {
    this.count++;
    for (const [at, value] of probe.parts.entries()) this.probe[at]! += value;
    for (const [at, value] of control.parts.entries()) this.control[at]! += value;
    const met = new Set<string>();
    const addPiece = (own: string, score: number) => {
      const label = this.direction === null ? own : (this.joint.get(own) ?? own);
      const key = keyOf(label);
      const piece = this.pieces.get(key) ?? { label, sum: 0, pairs: 0 };
      this.pieces.set(key, piece);
      piece.sum += score;
      if (!met.has(key)) piece.pairs++;
      met.add(key);
    };
    for (const [label, score] of probe.pieces) addPiece(label, score);
    if (this.direction !== null) for (const [label, score] of control.pieces) addPiece(label, -score);
  }

  /** Null where nothing was explained. */
  mechanism(): FindingMechanism | null {
    if (this.count === 0) return null;
    const { direction } = this;
    const parts = this.parts.map((name, at) => ({
      name,
      probe: this.probe[at]! / this.count,
      control: this.control[at]! / this.count,
    }));
    const carried = ({ probe, control }: (typeof parts)[number]) =>
      direction === null ? probe : direction * (probe - control);
    const pushes = sumOf(parts.map((part) => Math.abs(carried(part))));
    const pieces = [...this.pieces.values()];
    const scores = sumOf(pieces.map(({ sum }) => Math.abs(sum)));
    return {
      explained: this.count,
      parts: parts
        .toSorted((a, b) => carried(b) - carried(a))
        .map((part) => ({ ...part, share: pushes > 0 ? Math.abs(carried(part)) / pushes : 0 })),
      pieces: pieces
        .map(({ label, sum, pairs }) => ({
          piece: label,
          score: sum / pairs,
          share: scores > 0 ? Math.abs(sum) / scores : 0,
        }))
        .sort((a, b) => b.share - a.share),
    };
  }
}

/** A line is the same after prompt and control though another slot stands in it. */
function keyOf(label: string): string {
  return /^(prompt \d+, )?line \d+(?=:)/.exec(label)?.[0] ?? label;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
