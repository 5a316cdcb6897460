import type { Source } from './explanation';

/** Steps of strength in which sources are drawn: 1…5 for, −1…−3 against, 0 too weak to be marked. */
export type Shade = -3 | -2 | -1 | 0 | 1 | 2 | 3 | 4 | 5;

/** Smallest share of the strongest score that reaches each step for. Few and strong marks serve better than a rainbow. */
const stepsFor = [0.08, 0.2, 0.4, 0.6, 0.8] as const;
const stepsAgainst = [0.08, 0.3, 0.6] as const;

/** The step of a score beside the strongest one (both in logits, the strongest as a magnitude). */
export function shadeOf(score: number, strongest: number): Shade {
  if (!(strongest > 0)) return 0;
  const share = score / strongest;
  const steps: readonly number[] = share >= 0 ? stepsFor : stepsAgainst;
  const reached = steps.filter((least) => Math.abs(share) >= least).length;
  return (share >= 0 ? reached : reached === 0 ? 0 : -reached) as Shade;
}

/** The step of every source that deserves a mark, by token index: the same in the editor and in the panels. */
export function sourceShades(sources: readonly Source[]): ReadonlyMap<number, Shade> {
  const strongest = Math.max(0, ...sources.map((source) => Math.abs(source.score)));
  const shades = new Map<number, Shade>();
  for (const { index, score } of sources) {
    const shade = shadeOf(score, strongest);
    if (shade !== 0) shades.set(index, shade);
  }
  return shades;
}
