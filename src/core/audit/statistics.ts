/** A value with its 95 % confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The normal quantile of a two-sided 95 % interval. */
const z = 1.959963984540054;

/**
 * A share with Wilson's score interval (Wilson, "Probable inference", JASA 1927), which stays within [0, 1] and says
 * something of 0 out of n as well. Null where nothing was counted.
 */
export function shareOf(count: number, of: number): Estimate | null {
  if (of === 0) return null;
  const value = count / of;
  const middle = value + (z * z) / (2 * of);
  const half = z * Math.sqrt((value * (1 - value)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  // At the ends the interval reaches the share itself; rounding would leave it a hair away.
  const low = count === 0 ? 0 : (middle - half) / scale;
  const high = count === of ? 1 : (middle + half) / scale;
  return { value, low, high };
}

/** In how many pairs something was found: in both of the pair, in one alone, in neither. */
export interface PairedCounts {
  readonly both: number;
  readonly first: number;
  readonly second: number;
  readonly neither: number;
}

/**
 * The difference of two shares that were counted in the same pairs, the first minus the second, by the square-and-add method
 * on Wilson's intervals with a correction for correlation (Newcombe, "Improved confidence intervals for the difference
 * between binomial proportions based on paired data", Statistics in Medicine 1998; his method 10). Null without pairs.
 */
export function pairedDifference({ both, first, second, neither }: PairedCounts): Estimate | null {
  const pairs = both + first + second + neither;
  const one = shareOf(both + first, pairs);
  const other = shareOf(both + second, pairs);
  if (!one || !other) return null;
  const value = one.value - other.value;
  const phi = correlationOf({ both, first, second, neither });
  const half = (a: number, b: number) => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    value,
    low: value - half(one.value - one.low, other.high - other.value),
    high: value + half(one.high - one.value, other.value - other.low),
  };
}

/** φ with Newcombe's continuity correction; 0 where one of the margins is empty. */
function correlationOf({ both, first, second, neither }: PairedCounts): number {
  const margins = (both + first) * (second + neither) * (both + second) * (first + neither);
  if (margins === 0) return 0;
  const product = both * neither - first * second;
  const half = (both + first + second + neither) / 2;
  const corrected = product > half ? product - half : Math.min(product, 0);
  return corrected / Math.sqrt(margins);
}

/** Pairs at least before it is said whether two things differ: with fewer an interval of a mean says nothing. */
export const fewestPairs = 10;

/** Whether an interval leaves out 0, from pairs enough to have one. */
export function isShown({ low, high }: Estimate, pairs: number): boolean {
  return pairs >= fewestPairs && (low > 0 || high < 0);
}

/** The wider of two intervals of one value. */
export function widest(estimates: readonly [Estimate, ...Estimate[]]): Estimate {
  return estimates.reduce((wide, each) => (each.high - each.low > wide.high - wide.low ? each : wide));
}

/**
 * Which of many differences are none of the few that chance gives to whoever looks at many: Holm's step-down procedure at 5 %
 * for all together (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
 * 1979), on two-sided normal tests with the standard errors that the 95 % intervals have.
 */
export function holm(differences: readonly Estimate[]): boolean[] {
  const ranked = differences
    .map(({ value, low, high }, at) => ({ at, p: high > low ? tailOf((2 * z * value) / (high - low)) : 1 }))
    .sort((a, b) => a.p - b.p);
  const stop = ranked.findIndex(({ p }, rank) => p > 0.05 / (ranked.length - rank));
  const shown = new Set(ranked.slice(0, stop === -1 ? ranked.length : stop).map(({ at }) => at));
  return differences.map((_, at) => shown.has(at));
}

/** How often a standard normal variable is as far from 0, by Abramowitz and Stegun 7.1.26 (within 1.5e-7). */
function tailOf(value: number): number {
  const x = Math.abs(value) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  return Math.exp(-x * x) * terms.reduceRight((sum, term) => (sum + term) * t, 0);
}
