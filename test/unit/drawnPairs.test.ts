import assert from 'node:assert/strict';
import { usualSettings } from '../../src/core/audit/journal';
import { pairsOf } from '../../src/engine/audit/subjects';
import { drawNumbers, randomFrom } from '../../src/engine/explain/random';

/** Two templates of 32 names. */
const [templates, names] = [2, 32];
const all = templates * names;

describe('the pairs of an audit that are run', () => {
  const drawn = (cases: number | null, seed = 0, shard: { part: number; of: number } | null = null) => [
    ...pairsOf(all, { ...usualSettings, cases, seed }, shard),
  ];

  it('are not the same names in every template', () => {
    for (const cases of [8, 16, 24]) {
      const pairs = drawn(cases);
      assert.equal(new Set(pairs).size, cases);
      assert.deepEqual(
        pairs,
        pairs.toSorted((a, b) => a - b),
      );
      const met = new Set(pairs.map((pair) => pair % names));
      assert.ok(met.size > cases / templates, `${cases} pairs have ${met.size} names`);
    }
  });

  it('follow from the seed, and in all shards are what they are in one', () => {
    assert.deepEqual(drawn(24), drawn(24));
    assert.notDeepEqual(drawn(24), drawn(24, 1));
    const parts = [1, 2, 3].flatMap((part) => drawn(24, 0, { part, of: 3 }));
    assert.deepEqual(
      parts.toSorted((a, b) => a - b),
      drawn(24),
    );
  });

  it('are all where no fewer are asked for', () => {
    const every = Array.from({ length: all }, (_, pair) => pair);
    for (const cases of [null, all, all + 1]) assert.deepEqual(drawn(cases), every);
  });
});

describe('numbers drawn', () => {
  it('are different, and each as often as any other', () => {
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const numbers = drawNumbers(10, 4, randomFrom([seed]));
      assert.equal(new Set(numbers).size, 4);
      for (const number of numbers) times[number]!++;
    }
    // Of 2000 draws with chance 0.4 the standard deviation is 22.
    for (const count of times) assert.ok(Math.abs(count - 800) < 100, times.join());
    assert.deepEqual(drawNumbers(3, 9, randomFrom([1])).toSorted(), [0, 1, 2]);
  });
});
