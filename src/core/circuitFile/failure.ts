import type { CircuitResult, ExpectationResult } from './result';

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

/** A failure in a sentence or two, what was measured first. */
export function failureSentence(measured: string, expected: string): string {
  return `Measured ${measured}. Expected ${expected}.`;
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
    summary: failureSentence(measured, expected),
    expected: expected + rest,
    measured: measured + rest,
  };
}

function valueInWords(value: number | string): string {
  return typeof value === 'number' ? shown(value) : value;
}
