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
