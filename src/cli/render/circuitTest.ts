import { offending } from '../../core/circuitFile/failure';
import { type CircuitResult, type ExpectationResult, nameOf } from '../../core/circuitFile/result';
import type { FileOutcome } from '../circuits/outcome';
import type { Style } from '../style';
import { visible } from './visible';

/** Cases told of an expectation that fails; the rest are counted. */
const casesShown = 3;

/** What became of a file, for people: a line for each expectation, more where one fails. */
export function renderOutcome({ file, result, errors, recorded }: FileOutcome, style: Style): string {
  if (!result) {
    const lines = errors.map(({ line, column, message }) => {
      const place = line === null ? file : `${file}:${line}:${column}`;
      return `  ${style.bad('✗')} ${visible(`${place}  ${message}`)}`;
    });
    return [`${style.strong(visible(file))}  ${style.bad('cannot be run')}`, ...lines, ''].join('\n');
  }
  const cases = result.cases.length === 1 ? '1 case' : `${result.cases.length} cases`;
  return [
    `${style.strong(visible(result.name))}  ${style.faint(visible(`${file}, ${cases}`))}`,
    ...result.expectations.flatMap((expectation) => expectationLines(result, expectation, file, style)),
    ...recordedLines(recorded, file),
    '',
  ].join('\n');
}

function recordedLines(recorded: FileOutcome['recorded'], file: string): string[] {
  if (!recorded) return [];
  const count = recorded.length === 1 ? '1 bound is' : `${recorded.length} bounds are`;
  return [
    `  ${count} written anew`,
    ...recorded.map(({ line, before, after }) => `      ${visible(`${file}:${line}  ${before} → ${after}`)}`),
  ];
}

function expectationLines(
  result: CircuitResult,
  expectation: ExpectationResult,
  file: string,
  style: Style,
): string[] {
  const { text, line, holds, expected, measured } = expectation;
  if (holds) return [`  ${style.good('✓')} ${visible(text)}  ${style.faint(visible(measured))}`];
  const bad = offending(expectation, result);
  const told = bad.slice(0, casesShown).map(({ subject, measured: value }) => {
    const last = subject.prompt.slice(subject.prompt.lastIndexOf('\n') + 1);
    return `      ${visible(`${nameOf(subject)}: ${value}`)}  ${style.code(visible(last))}`;
  });
  if (bad.length > casesShown) told.push(`      and ${bad.length - casesShown} more`);
  return [
    `  ${style.bad('✗')} ${visible(text)}  ${style.faint(visible(`${file}:${line}`))}`,
    `      ${visible(`expected ${expected}`)}`,
    `      ${visible(`measured ${measured}`)}`,
    ...told,
  ];
}

/** The last line of the report. */
export function renderSum(outcomes: readonly FileOutcome[], style: Style): string {
  const expectations = outcomes.flatMap(({ result }) => result?.expectations ?? []);
  const failing = expectations.filter(({ holds }) => !holds).length;
  const broken = outcomes.filter(({ result }) => !result).length;
  const parts = [`${expectations.length - failing} of ${expectations.length} expectations hold`];
  if (broken > 0) parts.push(`${broken} of ${outcomes.length} files cannot be run`);
  return `${(failing + broken > 0 ? style.bad : style.good)(parts.join(', '))}\n`;
}
