import type { CircuitResult, ExpectationResult } from './result';
import { nameOf } from './result';
import type { Claim } from './syntax';
import { expectedOf, shown } from './verdict';

/** What is expected and what was measured, line by line alike, to be compared side by side. */
export interface Comparison {
  readonly summary: string;
  readonly expected: string;
  readonly measured: string;
}

/** The cases in which an expectation does not hold, each with what was measured there. */
export function offending({ cases }: ExpectationResult, { cases: asked }: CircuitResult) {
  return cases.flatMap(({ case: index, measured, holds }) => {
    const subject = index === null ? undefined : asked[index];
    return subject && holds === false ? [{ subject, measured: valueInWords(measured) }] : [];
  });
}

/** An expectation that does not hold: over all cases, then case by case where it does not. */
export function compared(claim: Claim, result: ExpectationResult, whole: CircuitResult): Comparison {
  const { expected, measured } = result;
  const cases = offending(result, whole).map(({ subject, measured: value }) => ({
    name: nameOf(subject),
    value,
  }));
  const lines = (first: string, of: (value: string) => string) =>
    [first, ...(cases.length > 0 ? [''] : []), ...cases.map(({ name, value }) => `${name}: ${of(value)}`)].join(
      '\n',
    );
  return {
    summary: `Expected ${expected}, measured ${measured}.`,
    expected: lines(expected, () => expectedOf(claim)),
    measured: lines(measured, (value) => value),
  };
}

/** One case in which a claim does not hold, with its prompt. */
export function comparedCase(
  claim: Claim,
  value: number | string,
  { prompt, answer }: { readonly prompt: string; readonly answer: string },
): Comparison {
  const expected = expectedOf(claim);
  const measured = valueInWords(value);
  const rest = `\n\nafter this prompt, of the answer ${JSON.stringify(answer)}:\n\n${prompt}`;
  return {
    summary: `Expected ${expected}, measured ${measured}.`,
    expected: expected + rest,
    measured: measured + rest,
  };
}

export function valueInWords(value: number | string): string {
  return typeof value === 'number' ? shown(value) : value;
}
