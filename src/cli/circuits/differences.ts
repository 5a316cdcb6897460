import type { FileOutcome } from './outcome';

/** An expectation in two models. */
export interface Difference {
  readonly file: string;
  /** Of the file, from 1. */
  readonly line: number;
  readonly text: string;
  /** In the first model and in the second. */
  readonly holds: readonly [boolean, boolean];
  /** In words. */
  readonly measured: readonly [string, string];
}

/** Every expectation of the files that ran in both models, in their order. */
export function differencesOf(first: readonly FileOutcome[], second: readonly FileOutcome[]): Difference[] {
  return first.flatMap(({ file, result }, at) => {
    const others = second[at]!.result?.expectations;
    if (!result || !others) return [];
    return result.expectations.map((one, index): Difference => {
      const other = others[index]!;
      const { text, line } = one;
      return {
        file,
        line,
        text,
        holds: [one.holds, other.holds],
        measured: [one.measured, other.measured],
      };
    });
  });
}

/** Whether it holds in the first model and no longer in the second. */
export function isBroken({ holds: [first, second] }: Difference): boolean {
  return first && !second;
}
