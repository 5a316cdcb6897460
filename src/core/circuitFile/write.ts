// Writes circuit files of what was seen: first with bounds that hold whatever is measured, so that the file itself is run
// and measures, then with bounds around what was measured.

import { lex, quoted } from './lexer';
import { type Outline, outlineOf, type Seen, type Statement } from './seen';
import type { Measured } from './verdict';

/** The share of what was measured that a bound leaves as margin: 5 is stated as at least 4. */
export const savedMargin = 0.2;
/** A control that changes more than this share of what the parts themselves do says that these are nothing special. */
const controlShare = 0.5;
/** The least change that a control is allowed, in logits. */
const leastChange = 0.1;

/** A circuit file to be measured, and then written. */
export interface CircuitDraft {
  /** With bounds that hold whatever is measured: one expectation for each statement, in their order. */
  readonly open: string;
  /** With bounds around what the open file's expectations measured. */
  finished(measured: readonly Measured[]): string;
}

/** What a circuit file says of an explained token. The texts are in the format of `formatCircuit`. */
export function draftOf(seen: Seen): CircuitDraft {
  const outline = outlineOf(seen);
  const statements = [
    ...outline.said,
    ...outline.brought,
    ...outline.without,
    ...(outline.control ? [outline.control] : []),
  ];
  return {
    open: [...head(seen, outline), ...statements.map((each) => `expect ${opened(each)}`), ''].join('\n'),
    finished: (measured) => {
      const values = new Map(statements.map((each, index) => [each, measured[index]!]));
      return finished(seen, outline, (each) => values.get(each)!);
    },
  };
}

function head(seen: Seen, { groups }: Outline): string[] {
  const { name, description, model, language, prompt, answer, contrast } = seen;
  return [
    `circuit ${quoted(name)}`,
    `describe ${quoted(description)}`,
    ...(model === null ? [] : [`model ${quoted(model)}`]),
    ...(language === null ? [] : [`language ${language}`]),
    '',
    `prompt ${block(prompt)}`,
    `answer ${quoted(answer)}`,
    ...(contrast === null ? [] : [`contrast ${quoted(contrast)}`]),
    '',
    ...groups.map(([group, parts]) => `group ${group}: ${parts.join(', ')}`),
    ...(groups.length > 0 ? [''] : []),
  ];
}

function finished(seen: Seen, outline: Outline, measuredOf: (each: Statement) => Measured): string {
  const stated = (statements: readonly Statement[]) =>
    statements.flatMap((each) => {
      const line = bounded(each, measuredOf(each));
      return line === null ? [] : [`expect ${line}`];
    });
  const { said, brought, without, control } = outline;
  const section = (comment: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `# ${comment}`, ...lines];
  const own = Math.max(0, ...without.slice(0, 1).map((each) => Number(measuredOf(each))));
  const beside = control && Number(measuredOf(control));
  const shows = beside !== null && beside <= controlShare * own;
  const groups = outline.groups.filter(([name]) => name === 'writers' || shows);
  const comparison = shows
    ? ', beside as many other heads of their layers.'
    : control
      ? '. As many other heads of their layers change as much, so it shows little.'
      : '.';
  const lines = [
    ...head(seen, { ...outline, groups }).slice(0, -1),
    ...section('What the model says, and where it has it from.', stated(said)),
    ...section('Who brings it.', stated(brought)),
    ...section(`What happens without them${comparison}`, [
      ...stated(without),
      ...(shows && control ? stated([control]) : []),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A statement with a bound that always holds. */
function opened({ subject, side }: Statement): string {
  if (side === 'is') return subject === 'origin' ? 'origin copied' : subject;
  if (side === 'rank') return `${subject} at least 1`;
  return `${subject} at most ${/probability|attention/.test(subject) ? 1 : 1_000_000}`;
}

/** A statement with the bound that what was measured keeps; null where it is not worth stating. */
function bounded({ subject, side, worth }: Statement, value: Measured): string | null {
  if (side === 'is') {
    if (subject !== 'origin') return subject;
    return value === 'unknown' ? null : `origin ${value}`;
  }
  if (typeof value !== 'number' || value < worth) return null;
  if (side === 'rank') return `${subject} at most ${value}`;
  if (side === 'least') return `${subject} at least ${rounded(value * (1 - savedMargin), Math.floor)}`;
  return `${subject} at most ${rounded(Math.max(leastChange, value * (1 + savedMargin)), Math.ceil)}`;
}

/** Two digits that count, rounded by `round`. */
export function rounded(value: number, round: (value: number) => number): string {
  if (value === 0) return '0';
  // The language writes no exponents, and nothing is measured more finely.
  const power = Math.max(-6, Math.floor(Math.log10(Math.abs(value))) - 1);
  const step = 10 ** power;
  const digits = Math.max(0, -power);
  // 2.4 / 0.1 is 23.999999999999996.
  const steps = Number((value / step).toPrecision(12));
  return (round(steps) * step)
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** A text between lines of quotes where that gives it back as it is, else in one line. */
function block(text: string): string {
  const lines = text.split('\n').map((line) => (line === '' ? '' : `  ${line}`));
  const runs = text.match(/"+/g) ?? [];
  const fence = '"'.repeat(runs.reduce((most, run) => Math.max(most, run.length), 2) + 1);
  const written = `${fence}\n${lines.join('\n')}\n${fence}`;
  const [read, end] = lex(written).lexemes;
  return read?.value === text && end?.kind === 'end' ? written : quoted(text);
}
