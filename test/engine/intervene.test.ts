import assert from 'node:assert/strict';
import { type Change, only } from '../../src/core/change/change';
import { WhenceError } from '../../src/core/errors';
import { greedy } from '../../src/core/generation';
import type { InterveneParams } from '../../src/core/intervention';
import { continueUnder } from '../../src/engine/change/continuation';
import { intervene } from '../../src/engine/change/intervene';
import { changedLogits, patternsOf } from '../../src/engine/change/logits';
import { Distribution } from '../../src/engine/explain/distribution';
import { explain } from '../../src/engine/explain/explain';
import type { Model } from '../../src/engine/model';
import { generate } from '../../src/engine/run/generate';
import { embeddedModel, read } from './support/embedded';
import { TestEngine } from './support/engine';

const text =
  'class Cart:\n    def __init__(self, total):\n        self.total = total\n\n    def read(self):\n        return self.';

describe('intervening', function () {
  this.timeout(20_000);
  let model: Model;
  let params: InterveneParams;
  before(async () => {
    model = await embeddedModel();
    const ids = read(model, text);
    params = {
      ids,
      position: ids.length,
      target: null,
      contrast: null,
      changes: [],
      freezeAttention: false,
      continuation: 0,
    };
  });

  const cut = [
    { part: { kind: 'head', layer: 3, head: 2 }, positions: 'all', how: { kind: 'mean' } },
    { part: { kind: 'head', layer: 3, head: 3 }, positions: only(-1), how: { kind: 'mean' } },
  ] as const;

  it('measures before what explaining measures, and after as before when nothing is changed', async () => {
    const found = await intervene(model, { ...params, continuation: 6 });
    const explained = await explain(model, { ...params, verify: false });
    assert.equal(found.before.metric, explained.total);
    assert.equal(found.before.probability, explained.target.probability);
    assert.equal(found.target.text, 'total');
    assert.deepEqual(found.after, found.before);
    assert.equal(found.before.top.length, 5);
    assert.equal(found.before.top[0]!.text, 'total');
  });

  it('names the changes and tells what they do to target, distribution and continuation', async () => {
    const found = await intervene(model, { ...params, changes: cut, continuation: 5 });
    assert.deepEqual(found.changes, ['L3H2=mean', 'L3H3[-1]=mean']);
    assert.ok(found.after.probability < found.before.probability / 2, `${found.after.probability}`);
    assert.ok(found.after.metric < found.before.metric);
    assert.notEqual(found.after.entropy, found.before.entropy);
    const { before, after } = found;
    assert.equal(before.continuation!.ids.length, 5);
    assert.equal(model.tokenizer.decode(before.continuation!.ids), before.continuation!.text);
    assert.equal(before.continuation!.ids[0], found.target.id);
    assert.equal(after.continuation!.ids[0], after.top[0]!.id);
    assert.notDeepEqual(after.continuation, before.continuation);
  });

  it('asks about a contrast and another position as explaining does', async () => {
    const position = params.ids.length - 3;
    const found = await intervene(model, {
      ...params,
      position,
      contrast: ' zebra',
      changes: cut.slice(0, 1),
    });
    assert.equal(found.metric, 'logitDifference');
    assert.equal(found.target.id, params.ids[position]);
    assert.equal(found.contrast!.text, ' z');
  });

  it('continues without changes as generating does, greedily and by seed', async () => {
    // Nothing that a longer token could have spelled: generating starts where the text ends.
    const whole = 'def total(items):\n    return sum(';
    const options = { count: 12, freezeAttention: false };
    for (const sampling of [greedy, { ...greedy, temperature: 1, seed: 3 }]) {
      const request = { text: whole, language: 'python', maxTokens: 12, stopAt: 'limit', sampling } as const;
      const { generated, constrained } = await generate(model, request);
      assert.equal(constrained.start, constrained.end);
      const plain = await continueUnder(model, read(model, whole), [], { ...options, sampling });
      const ids = generated.map(({ id }) => id);
      assert.ok(ids.length > 3);
      assert.deepEqual(plain.ids.slice(0, ids.length), ids);
    }
  });

  it('changes what is generated from where the change is: later tokens only, if it is for later tokens', async () => {
    const options = { count: 4, freezeAttention: false };
    const plain = await continueUnder(model, params.ids, [], options);
    const at = params.ids.length + 1;
    const part = { kind: 'layer', layer: 3 } as const;
    const later = { part, positions: [{ from: at, to: null }], how: { kind: 'scale', factor: -3 } } as const;
    const changed = await continueUnder(model, params.ids, [later], options);
    assert.deepEqual(changed.ids.slice(0, 2), plain.ids.slice(0, 2));
    assert.notDeepEqual(changed.ids.slice(2), plain.ids.slice(2));
  });

  it('counts positions below 0 from the end of the prompt, however far the continuation has come', async () => {
    const options = { count: 5, freezeAttention: false };
    const part = { kind: 'layer', layer: 2 } as const;
    const at = (positions: Change['positions']) =>
      continueUnder(model, params.ids, [{ part, positions, how: { kind: 'scale', factor: -2 } }], options);
    const last = params.ids.length - 1;
    assert.deepEqual(await at(only(-1)), await at(only(last)));
    assert.deepEqual(await at([{ from: -1, to: null }]), await at([{ from: last, to: null }]));
    assert.notDeepEqual(await at(only(-1)), await at([{ from: -1, to: null }]));
  });

  it('keeps attention where it is in the continuation too', async () => {
    const first = {
      part: { kind: 'layer', layer: 0 },
      positions: 'all',
      how: { kind: 'scale', factor: 0.3 },
    } as const;
    const free = await intervene(model, { ...params, changes: [first], continuation: 4 });
    const frozen = await intervene(model, {
      ...params,
      changes: [first],
      continuation: 4,
      freezeAttention: true,
    });
    assert.notEqual(free.after.metric, frozen.after.metric);
    assert.deepEqual(frozen.before, free.before);
    assert.equal(frozen.freezeAttention, true);

    const expected: number[] = [];
    for (let step = 0; step < 4; step++) {
      const so = [...params.ids, ...expected];
      const [logits] = await changedLogits(model, so, [[first]], { held: await patternsOf(model, so) });
      expected.push(new Distribution(logits!).first());
    }
    assert.deepEqual(frozen.after.continuation!.ids, expected);
    assert.notDeepEqual(free.after.continuation!.ids, expected);
  });

  const refusedWith = (code: string, sentence: RegExp) => (thrown: unknown) => {
    assert.ok(thrown instanceof WhenceError, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, sentence);
    return true;
  };

  it('refuses what cannot be changed, and stops when told to', async () => {
    const wrong = {
      part: { kind: 'head', layer: 3, head: 99 },
      positions: 'all',
      how: { kind: 'zero' },
    } as const;
    await assert.rejects(
      intervene(model, { ...params, changes: [wrong] }),
      refusedWith('bad-argument', /has no L3H99: the heads of a layer are 0 to \d/),
    );
    await assert.rejects(
      intervene(model, { ...params, continuation: 1000 }),
      refusedWith('bad-argument', /0 to 256 tokens, not 1000/),
    );
    const controller = new AbortController();
    const work = intervene(
      model,
      { ...params, changes: cut, continuation: 200 },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 100);
    const begun = performance.now();
    await assert.rejects(work, refusedWith('cancelled', /withdrawn/));
    assert.ok(performance.now() - begun < 5000);
  });

  it('answers the editor through the engine process', async () => {
    const engine = await TestEngine.create();
    try {
      const found = await engine.process.request('intervene', { ...params, changes: cut });
      assert.deepEqual(found, await intervene(model, { ...params, changes: cut }));
    } finally {
      await engine.dispose();
    }
  });
});
