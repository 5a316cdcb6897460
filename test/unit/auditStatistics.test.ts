import assert from 'node:assert/strict';
import fc from 'fast-check';
import { piecesOf } from '../../src/core/audit/pieces';
import { holm, pairedDifference, shareOf } from '../../src/core/audit/statistics';
import { fill } from '../../src/core/circuitFile/cases';

const rounded = (value: number) => Number(value.toFixed(4));

describe('the intervals of an audit', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 1998, table I, method 3.
  for (const [count, of, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    it(`of ${count} out of ${of} are Wilson’s as they are published`, () => {
      const share = shareOf(count, of)!;
      assert.deepEqual([rounded(share.low), rounded(share.high)], [low, high]);
      assert.equal(share.value, count / of);
    });
  }

  it('of a share contain it, and turn round with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (of, some) => {
        const count = Math.min(some, of);
        const { value, low, high } = shareOf(count, of)!;
        assert.ok(0 <= low && low <= value && value <= high && high <= 1);
        const other = shareOf(of - count, of)!;
        assert.ok(Math.abs(other.low - (1 - high)) < 1e-12);
      }),
    );
  });

  it('are none where nothing was counted', () => {
    assert.equal(shareOf(0, 0), null);
    assert.equal(pairedDifference({ both: 0, first: 0, second: 0, neither: 0 }), null);
  });

  // Newcombe, "Improved confidence intervals … based on paired data", Statistics in Medicine 1998, method 10.
  for (const [both, first, second, neither, value, low, high] of [
    [36, 12, 2, 0, 0.2, 0.0569, 0.3404],
    [36, 14, 0, 0, 0.28, 0.1528, 0.4167],
    [0, 30, 0, 0, 1, 0.8395, 1],
  ] as const) {
    it(`of a paired difference ${both}, ${first}, ${second}, ${neither} are Newcombe’s as they are published`, () => {
      const found = pairedDifference({ both, first, second, neither })!;
      assert.deepEqual([found.value, found.low, found.high].map(rounded), [value, low, high]);
    });
  }

  it('of a difference turn round when prompts and controls do, and contain it', () => {
    const count = fc.nat(40);
    fc.assert(
      fc.property(count, count, count, fc.integer({ min: 1, max: 40 }), (both, first, second, neither) => {
        const one = pairedDifference({ both, first, second, neither })!;
        const other = pairedDifference({ both, first: second, second: first, neither })!;
        assert.ok(Math.abs(one.low + other.high) < 1e-12);
        assert.ok(one.low <= one.value && one.value <= one.high && one.low >= -1 && one.high <= 1);
      }),
    );
  });
});

describe('the pieces of a prompt', () => {
  const template = 'import os\n\ndef {verb}_{name}(x):\n    return {y}.';
  const values = { verb: 'hash\nit', name: 'pin' };

  it('are its slots, and the lines of what is beside them', () => {
    const text = fill(template, values);
    const pieces = piecesOf(template, values, '');
    assert.deepEqual(
      pieces.map(({ label, start, end }) => [label, text.slice(start, end)]),
      [
        ['line 1: import os', 'import os\n'],
        ['line 2: ', '\n'],
        ['line 3: def {verb}_{name}(x):', 'def '],
        ['{verb}', 'hash\nit'],
        ['line 3: def {verb}_{name}(x):', '_'],
        ['{name}', 'pin'],
        ['line 3: def {verb}_{name}(x):', '(x):\n'],
        ['line 4: return {y}.', '    return {y}.'],
      ],
    );
  });

  it('say of which prompt they are, and no more of a line than a table has room for', () => {
    const [piece] = piecesOf('x'.repeat(60), {}, 'prompt 2, ');
    assert.equal(piece!.label, `prompt 2, line 1: ${'x'.repeat(47)}…`);
  });

  it('of many at once are told from chance by Holm’s steps', () => {
    // Standard error 1: the value is its z. Two-sided p: 3.0 0.0027, 2.5 0.0124, 2.2 0.0278, 1.0 0.317.
    const differences = (values: readonly number[]) =>
      values.map((value) => ({ value, low: value - 1.96, high: value + 1.96 }));
    assert.deepEqual(holm(differences([1, -3, 2.5, 2.2])), [false, true, true, false]);
    assert.deepEqual(holm(differences([2.2])), [true]);
    assert.deepEqual(holm(differences([2.2, -1])), [false, false]);
    assert.deepEqual(holm([{ value: 1, low: 1, high: 1 }]), [false]);
    assert.deepEqual(holm([]), []);
  });
});
