import { randomFrom } from '../../src/engine/explain/random';

const resamples = 1000;

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
