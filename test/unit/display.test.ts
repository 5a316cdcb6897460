import assert from 'node:assert/strict';
import {
  nameToken,
  showBytes,
  showProbability,
  showRank,
  showShare,
  showSigned,
  showToken,
} from '../../src/core/display';

describe('numbers and tokens for reading', () => {
  it('shows sizes in the unit that fits', () => {
    assert.deepEqual([1, 35_776, 999_999, 5.12e6, 1.35e8, 2.71e9].map(showBytes), [
      '1 kB',
      '36 kB',
      '1000 kB',
      '5.1 MB',
      '135 MB',
      '2.7 GB',
    ]);
  });

  it('never shows a probability as a certain 0 or 1 that it is not', () => {
    assert.deepEqual([0.0001, 0.004, 0.05, 0.834, 0.999, 1].map(showProbability), [
      '<0.001',
      '0.004',
      '0.05',
      '0.83',
      '>0.99',
      '1.00',
    ]);
  });

  it('gives contributions a sign, but zero none', () => {
    assert.deepEqual([1.834, -0.4, 0.004, -0.004].map(showSigned), ['+1.83', '−0.40', '0.00', '0.00']);
  });

  it('counts choices in English', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 11, 12, 13, 21, 112, 1003].map(showRank),
      ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th', '1,003rd'].map(
        (rank) => `${rank} choice`,
      ),
    );
  });

  it('does not round a share down to nothing', () => {
    assert.deepEqual([0, 0.001, 0.614, 1].map(showShare), ['0%', '<1%', '61%', '100%']);
  });

  it('makes visible what cannot be seen', () => {
    assert.equal(showToken(' a\tb\r\n'), '·a⇥b⏎');
    assert.equal(showToken(''), '∅');
  });

  it('names tokens of white space in words and cuts long ones between characters', () => {
    assert.equal(nameToken('    '), '4 spaces');
    assert.equal(nameToken('\n'), 'a line break');
    assert.equal(nameToken('\n  '), 'a line break and indentation');
    assert.equal(nameToken(' self'), '‘self’');
    assert.equal(nameToken('😀😀😀😀', 3), '‘😀😀…’');
  });
});
