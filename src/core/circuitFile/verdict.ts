import { type CircuitCase, fill } from './cases';
import { quoted } from './lexer';
import type { CaseMeasurement, ExpectationResult } from './result';
import { type Bound, type Claim, type Expectation, isMeasuredOnce, type Quantifier } from './syntax';

export type Measured = number | string;

/** What a group's quality is to be read beside. */
interface Beside {
  /** The same of random groups. */
  readonly random?: readonly number[];
  /** The part that matters least. */
  readonly least?: string;
}

/** The values of a case's slots. */
type Filled = Pick<CircuitCase, 'values'>;

/** What the file expects against what was measured in its cases, in their order. */
export function verdictOf(
  expectation: Expectation,
  measured: readonly Measured[],
  subjects: readonly Filled[],
  { random, least }: Beside = {},
): ExpectationResult {
  const { text, line, claim, quantifier } = expectation;
  const average = quantifier.kind === 'average' ? meanOf(measured) : null;
  const cases = measured.map((value, index) =>
    judged(expectation, isMeasuredOnce(claim) ? null : index, value, subjects[index]),
  );
  const holding = cases.filter(({ holds }) => holds).length;
  return {
    text,
    line,
    holds: average === null ? enough(quantifier, holding, cases.length) : claimHolds(claim, average, {}),
    expected: `${expectedOf(claim)}${scopeOf(quantifier, cases.length)}`,
    measured:
      (average === null ? summary(cases, holding) : `mean ${shown(average)} of ${counted(cases.length)}`) +
      besideInWords({ random, least }),
    cases,
    ...(random && { random }),
    ...(least !== undefined && { least }),
  };
}

/** What was measured in one case, held against what is expected. */
export function judged(
  { claim, quantifier }: Expectation,
  index: number | null,
  value: Measured,
  subject: Filled = { values: {} },
): CaseMeasurement {
  const holds = quantifier.kind === 'average' ? null : claimHolds(claim, value, subject.values);
  return { case: index, measured: value, holds };
}

function claimHolds(claim: Claim, value: Measured, values: Filled['values']): boolean {
  if (claim.kind === 'continuation') return value === quoted(fill(claim.text, values));
  if (claim.kind === 'origin') return value === claim.origin;
  // A head can have several roles.
  if (claim.kind === 'role') return String(value).split(', ').includes(claim.role);
  // A value that is no number satisfies nothing.
  const { least, most } = claim.bound;
  return typeof value === 'number' && value >= (least ?? -Infinity) && value <= (most ?? Infinity);
}

function enough(quantifier: Quantifier, holding: number, cases: number): boolean {
  if (quantifier.kind === 'count') return holding >= quantifier.least;
  return quantifier.kind === 'most' ? 2 * holding > cases : holding === cases;
}

/** In words: what is expected in one case. */
export function expectedOf(claim: Claim): string {
  if (claim.kind === 'continuation') return quoted(claim.text);
  if (claim.kind === 'origin') return claim.origin;
  if (claim.kind === 'role') return claim.role;
  const above = claim.kind === 'circuit' && claim.aboveRandom ? ' above random' : '';
  return boundInWords(claim.bound) + above;
}

function boundInWords({ least, most }: Bound): string {
  if (least === null) return `at most ${shown(most!)}`;
  return most === null ? `at least ${shown(least)}` : `${shown(least)} to ${shown(most)}`;
}

function scopeOf(quantifier: Quantifier, cases: number): string {
  if (quantifier.kind === 'average') return ' on average';
  if (quantifier.kind === 'count') return ` in at least ${quantifier.least} of ${counted(cases)}`;
  if (cases === 1) return '';
  return quantifier.kind === 'most' ? ` in most of ${counted(cases)}` : ` in all ${counted(cases)}`;
}

function summary(cases: readonly CaseMeasurement[], holding: number): string {
  const values = cases.map(({ measured }) => measured);
  const range = rangeOf(values);
  return cases.length === 1 ? range : `${range}; holds in ${holding} of ${counted(cases.length)}`;
}

function besideInWords({ random, least }: Beside): string {
  if (least !== undefined) return `, of ${least}, which matters least`;
  if (!random || random.length === 0) return '';
  return `, beside ${rangeOf(random)} of ${random.length} random groups like it`;
}

function rangeOf(values: readonly Measured[]): string {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length)
    return [...new Set(values.map((value) => (typeof value === 'number' ? shown(value) : value)))].join(', ');
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)].map(shown);
  return least === most ? least! : `${least} to ${most}`;
}

function meanOf(values: readonly Measured[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

function counted(cases: number): string {
  return cases === 1 ? '1 case' : `${cases} cases`;
}

/** Four digits that count, and no more than are there. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
