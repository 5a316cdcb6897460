import assert from 'node:assert/strict';
import { type CircuitCase, caseName, casesOf, fill } from '../../src/core/circuitFile/cases';
import { circuitLimits } from '../../src/core/circuitFile/limits';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { lineAt, spansOf } from '../../src/core/circuitFile/spans';
import type { Expectation, Place } from '../../src/core/circuitFile/syntax';
import { verdictOf } from '../../src/core/circuitFile/verdict';
import { circuitText, everything } from './support/circuitText';

const fileOf = (text: string) => parseCircuit(text).file!;

function expectation(line: string): Expectation {
  return fileOf(circuitText({ contrast: '"b"', expectations: [line] })).expectations[0]!;
}

function placeOf(words: string): Place {
  const { claim } = expectation(`share of ${words} at least 0`);
  assert.ok(claim.kind === 'share');
  return claim.place;
}

describe('the cases of a circuit file', () => {
  const texts = ['one {open}{other}', 'two', 'three'].map((text) => ({ text, language: null }));
  const cases = casesOf(fileOf(everything), texts);

  it('are every prompt with every row', () => {
    assert.deepEqual(
      cases.map(({ index, text, answer, values }) => [index, text, answer, values]),
      [
        [0, 'one ({other}', ')', { open: '(', close: ')' }],
        [1, 'one [{other}', ']', { open: '[', close: ']' }],
        [2, 'two', ')', { open: '(', close: ')' }],
        [3, 'two', ']', { open: '[', close: ']' }],
        [4, 'three', ')', { open: '(', close: ')' }],
        [5, 'three', ']', { open: '[', close: ']' }],
      ],
    );
    assert.equal(caseName(cases[0]!), 'open = "(", close = ")"');
    assert.equal(caseName({ values: {}, index: 2 }), 'prompt 3');
  });

  it('fill nothing but slots, once', () => {
    const values = { a: '{b}', b: '2' };
    assert.equal(fill('{a} {b} {c} {} { a } {toString}', values), '{b} 2 {c} {} { a } {toString}');
  });

  it('have a largest size', () => {
    const value = 'x'.repeat(1000);
    const fits = Math.floor(circuitLimits.promptCharacters / 1000);
    assert.equal(fill('{a}'.repeat(fits), { a: value }).length, fits * 1000);
    assert.throws(() => fill('{a}'.repeat(fits + 1), { a: value }), { code: 'bad-input' });
  });
});

describe('a place in a prompt', () => {
  const text = 'def total(x):\n    return subtotal + total\n\ntotal';
  const subject: CircuitCase = {
    index: 0,
    values: { name: 'total' },
    text,
    language: null,
    answer: 'a',
    contrast: null,
  };
  const found = (words: string) =>
    spansOf(placeOf(words), subject).map(({ start, end }) => [start, text.slice(start, end)]);

  it('is where it says', () => {
    assert.deepEqual(found('text "{name}"'), [
      [4, 'total'],
      [28, 'total'],
      [36, 'total'],
      [43, 'total'],
    ]);
    assert.deepEqual(found('symbol "{name}"'), [
      [4, 'total'],
      [36, 'total'],
      [43, 'total'],
    ]);
    assert.deepEqual(found('first symbol "total"'), [[4, 'total']]);
    assert.deepEqual(found('last text "total"'), [[43, 'total']]);
    assert.deepEqual(found('line 2'), [[14, '    return subtotal + total']]);
    assert.deepEqual(found('lines 1 to 2'), [[0, 'def total(x):\n    return subtotal + total']]);
    assert.deepEqual(found('end'), [[text.length, '']]);
  });

  it('that is not there is an error that names it', () => {
    assert.throws(() => found('symbol "sub"'), /name = "total" has no symbol "sub"/);
    assert.throws(() => found('line 5'), /has no line 5: it has 4/);
    assert.throws(() => found('line 3'), /has nothing on line 3/);
  });

  it('lies on a line', () => {
    assert.deepEqual(
      [0, 13, 14, 41, 42, 43].map((offset) => lineAt(text, offset)),
      [0, 0, 1, 1, 2, 3],
    );
  });
});

describe('the verdict on an expectation', () => {
  const verdict = (line: string, measured: readonly (number | string)[]) =>
    verdictOf(expectation(line), measured, []);
  const holds = (line: string, ...measured: (number | string)[]) => verdict(line, measured).holds;

  it('is inclusive at its bounds', () => {
    assert.ok(holds('logit at least 1', 1, 2));
    assert.ok(!holds('logit at least 1', 0.999, 2));
    assert.ok(holds('logit between 1 and 2 in all cases', 1, 2));
    assert.ok(!holds('logit between 1 and 2 in all cases', 2.001, 2));
    assert.ok(holds('logit about 2 give or take 1', 1, 3));
    assert.ok(!holds('logit about 2 give or take 1', 1, 3.1));
  });

  it('counts cases', () => {
    assert.ok(holds('rank at most 1 in most cases', 1, 1, 2));
    assert.ok(!holds('rank at most 1 in most cases', 1, 2));
    assert.ok(holds('rank at most 1 in at least 1 of 2 cases', 1, 2));
    assert.ok(!holds('rank at most 1 in at least 2 of 2 cases', 1, 2));
    assert.ok(holds('rank at most 2 on average', 1, 3));
    assert.ok(!holds('rank at most 2 on average', 1, 3.5));
  });

  it('is no where nothing was measured', () => {
    assert.ok(!holds('share of end at least 0', 'no share, as the logit is -1'));
    assert.ok(!holds('share of end at least 0 on average', 1, 'no share, as the logit is -1'));
    assert.ok(!holds('logit at least 0', Number.NaN));
  });

  it('compares words', () => {
    assert.ok(holds('origin copied', 'copied', 'copied'));
    assert.ok(!holds('origin copied', 'copied', 'unknown'));
    assert.ok(holds('role of L1H0 previous', 'copying, previous'));
    assert.ok(!holds('role of L1H0 previous', 'no role'));
  });

  it('says what was expected and what was measured', () => {
    const { expected, measured, cases } = verdict('rank at most 1', [1, 4]);
    assert.equal(expected, 'at most 1 in all 2 cases');
    assert.equal(measured, '1 to 4; holds in 1 of 2 cases');
    assert.deepEqual(cases, [
      { case: 0, measured: 1, holds: true },
      { case: 1, measured: 4, holds: false },
    ]);
    const mean = verdict('logit between 1 and 2 on average', [1, 1.33333]);
    assert.equal(mean.expected, '1 to 2 on average');
    assert.equal(mean.measured, 'mean 1.167 of 2 cases');
    assert.equal(mean.cases[0]!.holds, null);
    assert.equal(
      verdict('origin copied in most cases', ['copied', 'unknown', 'copied']).measured,
      'copied, unknown; holds in 2 of 3 cases',
    );
    assert.deepEqual(verdict('role of L1H0 previous', ['copying']).cases, [
      { case: null, measured: 'copying', holds: false },
    ]);
  });
});
