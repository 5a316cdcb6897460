import assert from 'node:assert/strict';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import type { CircuitResult } from '../../src/core/circuitFile/result';
import { recorded } from '../../src/core/circuitFile/update';
import { type Measured, verdictOf } from '../../src/core/circuitFile/verdict';
import { circuitText } from './support/circuitText';

/** An expectation after its bound was recorded from what two prompts measured. */
function rewritten(line: string, ...measured: readonly Measured[]): string {
  const text = circuitText({
    contrast: '"b"',
    declarations: 'group pair: L2H0, L1MLP',
    expectations: [line],
  });
  const file = parseCircuit(text).file!;
  const cases = measured.map((_, index) => ({
    case: index,
    values: {},
    prompt: '',
    answer: 'a',
    contrast: null,
  }));
  const expectations = [verdictOf(file.expectations[0]!, measured, cases)];
  const result: CircuitResult = { name: 'a', description: null, holds: false, cases, expectations };
  const written = recorded(text, file, result);
  assert.equal(written.result.holds, written.result.expectations[0]!.holds);
  return parseCircuit(written.text).file!.expectations[0]!.text;
}

describe('a recorded bound', () => {
  it('leaves a fifth of what was measured, away from it', () => {
    assert.equal(rewritten('logit at least 9', 5, 6), 'logit at least 4');
    assert.equal(rewritten('logit at most 1', 5, 6), 'logit at most 7.2');
    assert.equal(rewritten('logit at least 9', -5, 6), 'logit at least -6');
    assert.equal(rewritten('logit at most -9', -5, -6), 'logit at most -4');
    assert.equal(rewritten('logit between 1 and 2', 5.01, 6.01), 'logit between 4 and 7.3');
    assert.equal(rewritten('logit about 1 give or take 0.1', 4, 6), 'logit about 5 give or take 2.2');
  });

  it('is that of the cases that must hold', () => {
    assert.equal(
      rewritten('logit at least 9 in at least 1 of 2 cases', 1, 5),
      'logit at least 4 in at least 1 of 2 cases',
    );
    assert.equal(
      rewritten('logit at most 0 in at least 1 of 2 cases', 1, 5),
      'logit at most 1.2 in at least 1 of 2 cases',
    );
    assert.equal(rewritten('logit at least 9 in most cases', 1, 5), 'logit at least 0.8 in most cases');
    assert.equal(rewritten('logit at least 9 on average', 1, 5), 'logit at least 2.4 on average');
  });

  it('stays within what the language allows', () => {
    assert.equal(rewritten('rank at most 1', 1, 7), 'rank at most 7');
    assert.equal(rewritten('probability at most 0.1', 0.95, 0.5), 'probability at most 1');
    assert.equal(
      rewritten('probability about 0.1 give or take 0.1', 0.9, 0.98),
      'probability about 0.94 give or take 0.06',
    );
    assert.equal(rewritten('logit at most 1', 0.000_000_01, 0), 'logit at most 0.000001');
    assert.equal(rewritten('logit at least 1', 0, 0), 'logit at least 0');
  });

  it('is found behind other numbers', () => {
    assert.equal(
      rewritten('scaling of pair by 2 raises logit by at least 9', 5, 5),
      'scaling of pair by 2 raises logit by at least 4',
    );
    assert.equal(
      rewritten('share of lines 1 to 2 at least 9', 0.5, 0.5),
      'share of lines 1 to 2 at least 0.4',
    );
    assert.equal(
      rewritten('activation of L1N5 at line 1 at least 9', 0.5, 0.5),
      'activation of L1N5 at line 1 at least 0.4',
    );
  });

  it('stays where there is none, or where none would hold', () => {
    assert.equal(rewritten('share of end at least 9', 'no share', 1), 'share of end at least 9');
    assert.equal(rewritten('origin copied', 'recalled', 'copied'), 'origin copied');
    const line = 'zero ablation of pair lowers probability by at least 0.5';
    assert.equal(rewritten(line, -0.2, 0.3), line);
  });
});
