import { lex } from './lexer';
import { parseCircuit } from './parser';
import type { CircuitResult, ExpectationResult } from './result';
import type { Bound, CircuitFile, Claim, Expectation, Quantifier } from './syntax';
import { verdictOf } from './verdict';
import { rounded, savedMargin } from './write';

/** Numbers of a bound that were written anew. */
export interface RecordedBound {
  /** Of the file, from 1. */
  readonly line: number;
  /** The bound as it stood, from its first word to its last number. */
  readonly before: string;
  readonly after: string;
}

export interface Recorded {
  readonly text: string;
  /** In the order of the file; those that stayed are not among them. */
  readonly bounds: readonly RecordedBound[];
  /** What was measured, held against the bounds as they are now. */
  readonly result: CircuitResult;
}

/**
 * A circuit file with the numbers of its bounds around what was measured, and nothing else changed: ranks as they were, all
 * else with `savedMargin` to spare, rounded to two digits away from what was measured. A bound that no number of its form
 * could make hold stays.
 *
 * @param result of all the file's expectations
 */
export function recorded(text: string, file: CircuitFile, result: CircuitResult): Recorded {
  const bounds: RecordedBound[] = [];
  let written = text;
  // From the end, so that what is before keeps its place.
  for (const [index, expectation] of [...file.expectations.entries()].reverse()) {
    const { claim, quantifier } = expectation;
    const values = result.expectations[index]!.cases.map(({ measured }) => Number(measured));
    if (!('bound' in claim) || values.some((value) => !Number.isFinite(value))) continue;
    const at = boundIn(text, expectation);
    const numbers = numbersFor(at.form, claim, windowOf(values, quantifier));
    const moved = { ...expectation, claim: { ...claim, bound: boundOf(at.form, numbers) } };
    if ((moved.claim.bound.most ?? 0) > rangeOf(claim)[1]) continue;
    if (!rejudged(moved, result.expectations[index]!, result).holds) continue;
    const [first, last] = [at.start, at.numbers.at(-1)!.end];
    let end = last;
    let after = '';
    for (const [place, number] of [...at.numbers.entries()].reverse()) {
      after = numbers[place]! + text.slice(number.end, end) + after;
      end = number.start;
    }
    after = text.slice(first, end) + after;
    const before = text.slice(first, last);
    if (after === before) continue;
    written = written.slice(0, first) + after + written.slice(last);
    bounds.unshift({ line: expectation.line, before, after });
  }
  const now = parseCircuit(written).file!;
  const expectations = now.expectations.map((each, index) =>
    rejudged(each, result.expectations[index]!, result),
  );
  return {
    text: written,
    bounds,
    result: { ...result, expectations, holds: expectations.every(({ holds }) => holds) },
  };
}

function rejudged(expectation: Expectation, { cases, ...before }: ExpectationResult, result: CircuitResult) {
  return verdictOf(
    expectation,
    cases.map(({ measured }) => measured),
    result.cases,
    before,
  );
}

type Form = 'least' | 'most' | 'between' | 'about';
type Claimed = Extract<Claim, { readonly bound: Bound }>;

/** Where the bound of an expectation stands, and its numbers. */
function boundIn(text: string, { start, end }: Expectation) {
  const { lexemes } = lex(text.slice(start, end));
  const word = (at: number) => (lexemes[at]?.kind === 'word' ? lexemes[at]!.value : '');
  const from = lexemes.findIndex(
    (_, at) =>
      ['between', 'about'].includes(word(at)) ||
      // After “in” it is the number of cases.
      (word(at) === 'at' && ['least', 'most'].includes(word(at + 1)) && word(at - 1) !== 'in'),
  );
  const form = (word(from) === 'at' ? word(from + 1) : word(from)) as Form;
  const count = form === 'between' || form === 'about' ? 2 : 1;
  const numbers = lexemes.slice(from).filter(({ kind }) => kind === 'number');
  return {
    form,
    start: start + lexemes[from]!.start,
    numbers: numbers
      .slice(0, count)
      .map((number) => ({ start: start + number.start, end: start + number.end })),
  };
}

/** The narrowest stretch in which as many cases lie as must hold; the mean where that is judged. */
function windowOf(values: readonly number[], quantifier: Quantifier): (form: Form) => [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const size = sorted.length;
  if (quantifier.kind === 'average') {
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    return () => [mean, mean];
  }
  const needed = neededOf(quantifier, size);
  return (form) => {
    if (form === 'least') return [sorted[size - needed]!, sorted.at(-1)!];
    if (form === 'most') return [sorted[0]!, sorted[needed - 1]!];
    const widths = sorted.slice(0, size - needed + 1).map((low, at) => sorted[at + needed - 1]! - low);
    const at = widths.indexOf(Math.min(...widths));
    return [sorted[at]!, sorted[at + needed - 1]!];
  };
}

function neededOf(quantifier: Quantifier, cases: number): number {
  if (quantifier.kind === 'count') return quantifier.least;
  return quantifier.kind === 'most' ? Math.floor(cases / 2) + 1 : cases;
}

/** As the file writes them. */
function numbersFor(form: Form, claim: Claimed, windowFor: ReturnType<typeof windowOf>): string[] {
  const [low, high] = windowFor(form);
  const margin = 'measure' in claim && claim.measure === 'rank' ? 0 : savedMargin;
  const [floor, ceiling] = rangeOf(claim);
  const least = rounded(Math.max(floor, low - margin * Math.abs(low)), Math.floor);
  const most = rounded(Math.min(ceiling, high + margin * Math.abs(high)), Math.ceil);
  if (form === 'least') return [least];
  if (form === 'most') return [most];
  if (form === 'between') return [least, most];
  const middle = rounded((low + high) / 2, Math.round);
  const spare = margin * Math.max(Math.abs(low), Math.abs(high));
  const reach = Math.max(high - Number(middle), Number(middle) - low) + spare;
  const room = ceiling - Number(middle);
  return [middle, reach < room ? rounded(reach, Math.ceil) : rounded(room, Math.floor)];
}

/** What the language lets the bounds of a claim be. */
function rangeOf(claim: Claimed): readonly [number, number] {
  const measure = 'measure' in claim ? claim.measure : null;
  if (measure === 'rank') return [1, Number.POSITIVE_INFINITY];
  if (measure === 'probability' || claim.kind === 'attention') return [0, 1];
  return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

function boundOf(form: Form, numbers: readonly string[]): Bound {
  const [first, second] = numbers.map(Number) as [number, number];
  if (form === 'least') return { least: first, most: null };
  if (form === 'most') return { least: null, most: first };
  if (form === 'between') return { least: first, most: second };
  return { least: first - second, most: first + second };
}
