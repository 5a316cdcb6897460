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
 * uncertainty for massive data streams", 2012). What a replicate draws depends on the seed and the value's number alone.
 */
export class MeanTally {
  count = 0;
  private sum = 0;
  private readonly sums = new Float64Array(replicates);
  private readonly weights = new Float64Array(replicates);

  constructor(private readonly seed: readonly number[]) {}

  add(value: number): void {
    const random = randomFrom([...this.seed, this.count]);
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
  private readonly pieces = new Map<string, number>();

  constructor(private readonly parts: readonly string[]) {
    this.probe = new Float64Array(parts.length);
    this.control = new Float64Array(parts.length);
  }

  add({ probe, control }: Pick<ExplainedEntry, 'probe' | 'control'>): void {
    this.count++;
    for (const [at, value] of probe.parts.entries()) this.probe[at]! += value;
    for (const [at, value] of control.parts.entries()) this.control[at]! += value;
    for (const [piece, score] of probe.pieces) this.pieces.set(piece, (this.pieces.get(piece) ?? 0) + score);
  }

  /**
   * Null where nothing was explained.
   *
   * @param compared whether the difference to the control is what is carried, or what comes after the prompt
   */
  mechanism(compared: boolean): FindingMechanism | null {
    if (this.count === 0) return null;
    const parts = this.parts.map((name, at) => ({
      name,
      probe: this.probe[at]! / this.count,
      control: this.control[at]! / this.count,
    }));
    const carried = ({ probe, control }: (typeof parts)[number]) => (compared ? probe - control : probe);
    const pushes = sumOf(parts.map((part) => Math.abs(carried(part))));
    const ranked = parts.toSorted((a, b) =>
      compared ? Math.abs(carried(b)) - Math.abs(carried(a)) : carried(b) - carried(a),
    );
    const pieces = [...this.pieces].map(([piece, sum]) => ({ piece, score: sum / this.count }));
    const scores = sumOf(pieces.map(({ score }) => Math.abs(score)));
    return {
      explained: this.count,
      parts: ranked.map((part) => ({ ...part, share: pushes > 0 ? Math.abs(carried(part)) / pushes : 0 })),
      pieces: pieces
        .map((piece) => ({ ...piece, share: scores > 0 ? Math.abs(piece.score) / scores : 0 }))
        .sort((a, b) => b.share - a.share),
    };
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
