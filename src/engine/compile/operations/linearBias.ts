import type { Operation } from '../stage';
import { axes } from './attention';

/** Takes from the scores [B, H, S, S] of every head its slope times how far the key lies back (ALiBi; Press et al. 2022). */
export function linearBias(slopes: readonly number[]): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.add(x!, c.linearBias(...axes(x!), slopes)),
    pull: (_, { cotangent }) => [cotangent],
    constant: (c, cotangent) => {
      const all = cotangent.dims.map((_, axis) => axis).slice(1);
      return c.reduce('ReduceSum', c.multiply(cotangent, c.linearBias(...axes(cotangent), slopes)), all);
    },
  };
}

/**
 * The slopes of so many heads, of which the steepest has 2^(−8/n) with n the next power of two: every second of n, then those
 * between them, where there are fewer heads (MosaicML's variant of Press et al.).
 */
export function linearSlopes(heads: number): readonly number[] {
  const count = 2 ** Math.ceil(Math.log2(heads));
  const slopes = Array.from({ length: count }, (_, at) => 2 ** ((-8 * (at + 1)) / count));
  if (count === heads) return slopes;
  const odd = slopes.filter((_, at) => at % 2 === 1);
  return [...odd, ...slopes.filter((_, at) => at % 2 === 0)].slice(0, heads);
}
