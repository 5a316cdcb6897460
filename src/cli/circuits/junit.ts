import { offending } from '../../core/circuitFile/failure';
import { type CircuitResult, type ExpectationResult, nameOf } from '../../core/circuitFile/result';
import { escapeMarkup } from '../../core/markup';
import type { FileOutcome } from './outcome';

/** Outcomes as JUnit XML: a suite for each file, a test case for each expectation, an error where it could not run. */
export function junitXml(outcomes: readonly FileOutcome[]): string {
  const suites = outcomes.map((outcome) => suite(outcome));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="whence">',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite({ file, result, errors }: FileOutcome): string {
  const expectations = result?.expectations ?? [];
  const failures = expectations.filter(({ holds }) => !holds).length;
  const tests = errors.length > 0 ? 1 : expectations.length;
  const attributes = attributesOf({
    name: file,
    tests,
    failures,
    errors: errors.length > 0 ? 1 : 0,
  });
  const cases = result
    ? expectations.map((expectation) => testCase(file, result, expectation))
    : [unreadable(file, errors)];
  return [`  <testsuite${attributes}>`, ...cases, '  </testsuite>'].join('\n');
}

function testCase(file: string, result: CircuitResult, expectation: ExpectationResult): string {
  const { text, line, holds, expected, measured } = expectation;
  const attributes = attributesOf({ classname: result.name, name: text, file, line });
  if (holds) return `    <testcase${attributes}/>`;
  const message = `expected ${expected}, measured ${measured}`;
  const details = offending(expectation, result).map(
    ({ subject, measured: value }) => `${nameOf(subject)}: ${value}\n${subject.prompt}`,
  );
  return [
    `    <testcase${attributes}>`,
    `      <failure${attributesOf({ message })}>${escaped(details.join('\n\n'))}</failure>`,
    '    </testcase>',
  ].join('\n');
}

function unreadable(file: string, errors: FileOutcome['errors']): string {
  const told = errors.map(({ line, message }) => (line === null ? message : `line ${line}: ${message}`));
  return [
    `    <testcase${attributesOf({ classname: file, name: 'can be run' })}>`,
    `      <error${attributesOf({ message: told[0] ?? '' })}>${escaped(told.join('\n'))}</error>`,
    '    </testcase>',
  ].join('\n');
}

function attributesOf(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(
      ([name, value]) =>
        ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`,
    )
    .join('');
}

function escaped(text: string): string {
  return escapeMarkup(text).replaceAll('\r', '&#13;');
}
