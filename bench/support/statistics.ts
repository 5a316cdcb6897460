import { randomFrom } from '../../src/engine/explain/random';

const resamples = 1000;

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's; 0 where one side does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [cross, squaresA, squaresB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [da, db] = [value - meanA, b[index]! - meanB];
    cross += da * db;
    squaresA += da * da;
    squaresB += db * db;
  }
  return squaresA > 0 && squaresB > 0 ? cross / Math.sqrt(squaresA * squaresB) : 0;
}

/** A statistic of prompts, and the bounds of its middle 95% over prompts drawn with replacement (Efron 1979). */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function bootstrap<T>(prompts: readonly T[], statistic: (drawn: readonly T[]) => number): Estimate {
  const random = randomFrom([11]);
  const values = Array.from({ length: resamples }, () =>
    statistic(prompts.map(() => prompts[Math.floor(random() * prompts.length)]!)),
  ).sort((a, b) => a - b);
  const at = (share: number) => values[Math.floor(share * (resamples - 1))]!;
  return { value: statistic(prompts), low: at(0.025), high: at(0.975) };
}
