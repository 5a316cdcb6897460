import assert from 'node:assert/strict';
import { WhenceError } from '../../src/core/errors';
import { greedy, type Sampling } from '../../src/core/generation';
import { randomNumbers, xoshiro } from '../../src/engine/run/random';
import { createSampler } from '../../src/engine/run/sampling';

const logits = Float32Array.from([1, 3, 2, 3, -1, 0]);
const all = [0, 1, 2, 3, 4, 5];
const draws = 20_000;

function settings(change: Partial<Sampling>): Sampling {
  return { temperature: 1, topK: 0, topP: 1, seed: 7, ...change };
}

/** How often each id is drawn, as a share. */
function shares(sampling: Sampling, candidates: readonly number[] = all): number[] {
  const choose = createSampler(sampling);
  const counts = logits.map(() => 0);
  for (let i = 0; i < draws; i++) counts[choose(logits, candidates)]!++;
  return [...counts].map((count) => count / draws);
}

function softmax(ids: readonly number[], temperature = 1): number[] {
  const weights = all.map((id) => (ids.includes(id) ? Math.exp(logits[id]! / temperature) : 0));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((share, i) => {
    const deviation = Math.sqrt((expected[i]! * (1 - expected[i]!)) / draws);
    assert.ok(Math.abs(share - expected[i]!) <= 5 * deviation, `${i}: ${share} instead of ${expected[i]}`);
  });
}

describe('sampling', () => {
  it('is greedy at temperature 0, the lowest id first among equals', () => {
    const choose = createSampler(greedy);
    assert.equal(choose(logits, all), 1);
    assert.equal(choose(logits, [5, 3, 1]), 1);
    assert.equal(choose(logits, [4, 5]), 5, 'only candidates count');
  });

  it('draws from the softmax', () => assertNear(shares(settings({})), softmax(all)));

  it('draws from the softmax at a temperature', () =>
    assertNear(shares(settings({ temperature: 0.5 })), softmax(all, 0.5)));

  it('draws from candidates only', () => assertNear(shares(settings({}), [0, 2, 5]), softmax([0, 2, 5])));

  it('draws from the k most probable', () => assertNear(shares(settings({ topK: 3 })), softmax([1, 3, 2])));

  it('draws from the fewest that reach p', () => {
    const [first, second] = [softmax(all)[1]!, softmax(all)[3]!];
    assertNear(shares(settings({ topP: first - 0.001 })), softmax([1]));
    assertNear(shares(settings({ topP: first + second - 0.001 })), softmax([1, 3]));
    assertNear(shares(settings({ topP: first + second + 0.001 })), softmax([1, 2, 3]));
  });

  it('finds those in a vocabulary of many improbable tokens, however they lie', () => {
    const random = randomNumbers(5);
    const many = Float32Array.from({ length: 1000 }, () => 12 * random() ** 3);
    const ids = [...many.keys()];
    for (const topP of [0.3, 0.9, 0.95, 0.999]) {
      const ordered = ids.toSorted((a, b) => many[b]! - many[a]!);
      const total = many.reduce((sum, logit) => sum + Math.exp(logit), 0);
      let reached = 0;
      const nucleus = ordered.filter((id) => {
        const open = reached < topP * total;
        reached += Math.exp(many[id]!);
        return open;
      });
      const choose = createSampler(settings({ topP, temperature: 1 }));
      const drawn = new Set(Array.from({ length: 300 }, () => choose(many, ids)));
      assert.ok(
        [...drawn].every((id) => nucleus.includes(id)),
        `${topP}`,
      );
      assert.ok(drawn.size > Math.min(nucleus.length, 300) / 4, `${drawn.size} of ${nucleus.length}`);
    }
  });

  it('takes k first, then p of what is left', () => {
    const half = softmax([1, 3])[1]!;
    assertNear(shares(settings({ topK: 2, topP: half - 0.001 })), softmax([1]));
  });

  it('repeats itself with the same seed, and only with it', () => {
    const drawn = (seed: number) => {
      const choose = createSampler(settings({ seed, temperature: 3 }));
      return Array.from({ length: 50 }, () => choose(logits, all)).join('');
    };
    assert.equal(drawn(1), drawn(1));
    assert.equal(new Set([0, 1, 2, 2 ** 32, 2 ** 33 + 1, Number.MAX_SAFE_INTEGER].map(drawn)).size, 6);
  });

  for (const [name, change] of [
    ['temperature', { temperature: -1 }],
    ['temperature', { temperature: Number.NaN }],
    ['top-k', { topK: 1.5 }],
    ['top-p', { topP: 0 }],
    ['top-p', { topP: 1.01 }],
    ['seed', { seed: -1 }],
  ] as const) {
    it(`refuses a ${name} of ${Object.values(change)}`, () => {
      assert.throws(
        () => createSampler(settings(change)),
        (error) =>
          error instanceof WhenceError &&
          error.code === 'bad-argument' &&
          error.message.startsWith(`The ${name} is ${Object.values(change)}: give `),
      );
    });
  }
});

describe('random numbers', () => {
  it('are those of the reference implementation in C', () => {
    const next = xoshiro(Int32Array.of(1, 2, 3, 4));
    assert.deepEqual(
      Array.from({ length: 8 }, next),
      [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849],
    );
  });

  it('are spread over [0, 1)', () => {
    const next = randomNumbers(0);
    const numbers = Array.from({ length: draws }, next);
    assert.ok(numbers.every((x) => x >= 0 && x < 1));
    const bins = Array.from(
      { length: 10 },
      (_, i) => numbers.filter((x) => Math.floor(x * 10) === i).length / draws,
    );
    assertNear(bins, Array(10).fill(0.1));
  });
});
