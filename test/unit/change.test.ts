import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, type ChangedPart, indicesOf, only, type Span } from '../../src/core/change/change';
import { checkChanges } from '../../src/core/change/changePart';
import { parseChange, printChange } from '../../src/core/change/changeText';
import { changeInWords } from '../../src/core/change/changeWords';
import { WhenceError } from '../../src/core/errors';

const refused = (act: () => unknown, sentence: RegExp) =>
  assert.throws(act, (thrown) => {
    assert.ok(thrown instanceof WhenceError);
    assert.equal(thrown.code, 'bad-argument');
    assert.match(thrown.message, sentence);
    return true;
  });

describe('changes as text', () => {
  const hook = 'blocks.3.attn.hook_z';
  const read: Readonly<Record<string, Change<string>>> = {
    'L3H2=zero': { part: { kind: 'head', layer: 3, head: 2 }, positions: 'all', how: { kind: 'zero' } },
    'L0MLP[-1]=mean': { part: { kind: 'mlp', layer: 0 }, positions: only(-1), how: { kind: 'mean' } },
    'L1ATTN[2,5:]=resample': {
      part: { kind: 'attention', layer: 1 },
      positions: [...only(2), { from: 5, to: null }],
      how: { kind: 'resample' },
    },
    'L2=scale:-0.5': {
      part: { kind: 'layer', layer: 2 },
      positions: 'all',
      how: { kind: 'scale', factor: -0.5 },
    },
    'L3N118=set:1e2': {
      part: { kind: 'neuron', layer: 3, neuron: 118 },
      positions: 'all',
      how: { kind: 'set', value: 100 },
    },
    [`${hook}[:][0,2]=add:0`]: {
      part: { kind: 'hook', hook, units: [...only(0), ...only(2)] },
      positions: 'all',
      how: { kind: 'add', value: 0, times: 1 },
    },
    'blocks.3.hook_resid_post[-3:0]=add:polite.json*2.5': {
      part: { kind: 'hook', hook: 'blocks.3.hook_resid_post', units: 'all' },
      positions: [{ from: -3, to: 0 }],
      how: { kind: 'add', value: 'polite.json', times: 2.5 },
    },
    'blocks.3.hook_resid_post=remove:a=b.json': {
      part: { kind: 'hook', hook: 'blocks.3.hook_resid_post', units: 'all' },
      positions: 'all',
      how: { kind: 'remove', direction: 'a=b.json' },
    },
  };
  for (const [text, change] of Object.entries(read)) {
    it(`reads ${text}`, () => assert.deepEqual(parseChange(text), change));
  }

  it('says what is wrong and what can be done', () => {
    refused(() => parseChange('L3H2'), /"L3H2" cannot be made: say after = .*zero, mean, resample/);
    refused(() => parseChange('L3H2=cut'), /"cut" is nothing that can be done: zero/);
    refused(() => parseChange('L3H2[a]=zero'), /\[a\] is no choice: .*\[0:5\]/);
    refused(() => parseChange('L3H2[]=zero'), /\[\] is no choice/);
    refused(() => parseChange('L3H2[1][2]=zero'), /L3H2 has no parts to choose from/);
    refused(() => parseChange('L3H2[1=zero'), /HOOK\[positions\]/);
    refused(() => parseChange('=zero'), /HOOK\[positions\]/);
    refused(() => parseChange('L3H2=scale:two'), /scale: takes a number, not "two"/);
    refused(() => parseChange('L3H2=scale:1e999'), /too large/);
    refused(() => parseChange('L3H2=set:'), /set: needs a number/);
    refused(() => parseChange('L3H2=remove:3'), /takes the file of a direction/);
  });

  const count = fc.nat({ max: 500 });
  const spans = fc.array(
    fc
      .tuple(fc.integer({ min: -50, max: 500 }), fc.option(fc.integer({ min: -50, max: 500 })))
      .map(([from, to]): Span => ({ from, to })),
    { minLength: 1, maxLength: 4 },
  );
  const selection = fc.oneof(fc.constant('all' as const), spans);
  const part: fc.Arbitrary<ChangedPart> = fc.oneof(
    fc.record({ kind: fc.constant('head' as const), layer: count, head: count }),
    fc.record({ kind: fc.constant('neuron' as const), layer: count, neuron: count }),
    fc.record({
      kind: fc.constantFrom('mlp' as const, 'attention' as const, 'layer' as const),
      layer: count,
    }),
    fc.record({ kind: fc.constant('hook' as const), hook: fc.constant(hook), units: selection }),
  );
  const amount = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
  const how: fc.Arbitrary<Change<string>['how']> = fc.oneof(
    fc.record({ kind: fc.constantFrom('zero' as const, 'mean' as const, 'resample' as const) }),
    fc.record({ kind: fc.constant('scale' as const), factor: amount }),
    fc.record({ kind: fc.constant('set' as const), value: amount }),
    fc.record({ kind: fc.constant('add' as const), value: fc.constant('v.json'), times: amount }),
    fc.record({ kind: fc.constant('remove' as const), direction: fc.constant('v.json') }),
  );

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.record({ part, positions: selection, how }), (change) => {
        const again = parseChange(printChange(change));
        const indices = ({ part, positions }: Change<string>) => [
          indicesOf(positions, 600, 550),
          part.kind === 'hook' ? indicesOf(part.units, 600) : [],
        ];
        const named = ({ part }: Change<string>) => ({ ...part, units: null });
        assert.deepEqual(named(again), named(change));
        assert.deepEqual(indices(again), indices(change));
        assert.deepEqual(again.how, { ...change.how });
      }),
    );
  });
});

describe('positions of a change', () => {
  it('count from the end of the prompt, and go on where they have no end', () => {
    assert.deepEqual(indicesOf('all', 4), [0, 1, 2, 3]);
    assert.deepEqual(indicesOf(only(-1), 6, 4), [3]);
    assert.deepEqual(indicesOf([{ from: -2, to: 0 }], 6, 4), [2, 3]);
    assert.deepEqual(indicesOf([{ from: -1, to: null }], 6, 4), [3, 4, 5]);
    assert.deepEqual(indicesOf([{ from: 3, to: 1 }, ...only(1), ...only(1), ...only(9)], 6), [1]);
    assert.deepEqual(indicesOf([{ from: -9, to: -2 }], 4), [0, 1]);
  });
});

describe('parts that a model has', () => {
  const model = { id: 'tiny', layers: 4, heads: 2, neurons: 16 };
  const check = (text: string) => checkChanges([parseChange(text)], model);

  it('says the range of what is outside of it', () => {
    for (const text of ['L3H1=zero', 'L0N15=mean', 'L3MLP=zero', 'L2=scale:2', 'hook_embed=zero'])
      check(text);
    refused(() => check('L4H0=zero'), /tiny has no L4H0: its layers are 0 to 3\./);
    refused(() => check('L3H2=zero'), /the heads of a layer are 0 to 1\./);
    refused(() => check('L0N16=zero'), /the neurons of a layer are 0 to 15\./);
    refused(
      () => checkChanges([parseChange('L0MLP=zero')], { ...model, neurons: 0 }),
      /tiny has no L0MLP: it has no MLPs\./,
    );
    refused(() => check('L2=set:1'), /change blocks\.2\.hook_resid_post/);
  });
});

describe('changes in words', () => {
  const words: Readonly<Record<string, string>> = {
    'L3H2=mean': 'layer 3, head 2 replaced by its mean over sample code, everywhere',
    'L3N7[-1]=scale:0.5': 'layer 3, neuron 7 times 0.5, at the last token',
    'L1MLP[4]=zero': 'layer 1, MLP replaced by zero, at token 4',
    'L1[-3:0]=resample': 'layer 1 replaced by its value in sample code, at tokens the last but 2 to the last',
    'L1ATTN[2:]=scale:2': 'layer 1, attention times 2, at tokens 2 and later',
    'blocks.2.hook_resid_post=add:polite*3': 'blocks.2.hook_resid_post plus 3 · polite, everywhere',
  };
  for (const [text, expected] of Object.entries(words)) {
    it(text, () => assert.equal(changeInWords(parseChange(text)), expected));
  }
});
