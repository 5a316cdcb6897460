import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Edited } from '../../src/core/edits';
import { tierWords } from '../../src/core/evidence';
import type { Verification } from '../../src/core/explanation';
import { type Counterfactual, tierOf, type Variant, variantHolds } from '../../src/core/paraphrase';

const variant: Omit<Variant, 'holds'> = {
  kind: 'rename',
  change: '‘a’ renamed to ‘b’',
  expected: 'b',
  probability: { before: 0.8, after: 0.7 },
  rank: 1,
  named: [4, 7, 9],
  kept: [4, 9],
  share: 0.8,
};
const reformatted: Variant = { ...variant, kind: 'reformat', holds: true };
const renamed: Variant = { ...variant, holds: true };

const verification = (tier: Verification['tier']): Verification => ({
  kind: 'deletion',
  named: [4],
  effect: 2,
  randomEffect: 0.1,
  probability: { before: 0.8, named: 0.1, random: 0.8 },
  holds: tier === 'ablated',
  tier,
});

const counterfactual = (holds: boolean): Counterfactual => ({
  replaced: [4],
  from: 'a',
  to: 'b',
  before: { old: 0.8, changed: 0 },
  after: { old: 0.1, changed: 0.6 },
  holds,
});

describe('the paraphrase check', () => {
  it('holds when the answer stays and so do the strongest source and most of what was brought', () => {
    assert.ok(variantHolds(variant, 1));
    assert.ok(!variantHolds({ ...variant, kept: [7, 9] }, 1), 'the strongest is gone');
    assert.ok(!variantHolds({ ...variant, kept: [4], share: 0.3 }, 1), 'too little is left');
    assert.ok(!variantHolds({ ...variant, named: [], kept: [], share: 0 }, 1), 'nothing was named');
  });

  it('asks that the first choice stays the first, or that half of the probability is left', () => {
    const probability = { before: 0.8, after: 0.3 };
    assert.ok(variantHolds({ ...variant, probability, rank: 1 }, 1));
    assert.ok(!variantHolds({ ...variant, probability, rank: 2 }, 1));
    assert.ok(variantHolds({ ...variant, probability: { before: 0.8, after: 0.5 }, rank: 2 }, 1));
    assert.ok(!variantHolds({ ...variant, probability, rank: 1 }, 3), 'it was no first choice before');
  });

  it('gives the tier that everything below it has reached', () => {
    const tier = (at: Verification['tier'], variants: readonly Variant[], moved: Counterfactual | null) =>
      tierOf(verification(at), { variants, counterfactual: moved });
    assert.equal(tier('ablated', [renamed, reformatted], null), 'replicated');
    assert.equal(tier('ablated', [renamed, reformatted], counterfactual(true)), 'replicated');
    assert.equal(tier('ablated', [renamed], counterfactual(true)), 'patched', 'it was not reformatted');
    assert.equal(
      tier('ablated', [renamed, { ...reformatted, holds: false }], counterfactual(true)),
      'patched',
    );
    assert.equal(
      tier('ablated', [renamed, reformatted], counterfactual(false)),
      'ablated',
      'it did not follow',
    );
    assert.equal(tier('ablated', [renamed, { ...reformatted, holds: false }], null), 'ablated');
    assert.equal(tier('attributed', [renamed, reformatted], counterfactual(true)), 'attributed');
    assert.equal(tierOf(null, { variants: [renamed, reformatted], counterfactual: null }), 'attributed');
    assert.equal(Object.keys(tierWords).at(-1), 'replicated');
  });
});

describe('an edited text', () => {
  const changes = fc
    .tuple(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.uniqueArray(fc.nat(40), { maxLength: 8 }),
      fc.array(fc.string({ maxLength: 3 }), { minLength: 4, maxLength: 4 }),
    )
    .map(([text, places, puts]) => {
      const at = places.map((place) => Math.min(place, text.length)).sort((a, b) => a - b);
      const pairs = at.flatMap((start, index) =>
        index % 2 === 0 && at[index + 1] !== undefined ? [{ start, end: at[index + 1]! }] : [],
      );
      return { text, changes: pairs.map((pair, index) => ({ ...pair, text: puts[index]! })) };
    });

  it('knows where every character went that no change touched', () => {
    fc.assert(
      fc.property(changes, ({ text, changes: edits }) => {
        const edited = new Edited(text, edits);
        for (let at = 0; at < text.length; at++) {
          if (edits.some(({ start, end }) => start <= at && at < end)) continue;
          const { start, end } = edited.rangeOf({ start: at, end: at + 1 });
          assert.equal(edited.text.slice(start, start + 1), text[at]);
          assert.ok(end > start);
        }
        for (const { start, end, text: put } of edits) {
          if (end > start) assert.ok(edited.text.slice(edited.offsetOf(start)).startsWith(put));
        }
        assert.equal(edited.offsetOf(text.length), edited.text.length);
      }),
    );
  });
});
