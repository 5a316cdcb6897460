import assert from 'node:assert/strict';
import { parseChange } from '../../src/core/change/changeText';
import { WhenceError } from '../../src/core/errors';
import { greedy } from '../../src/core/generation';
import {
  type MakeSteeringParams,
  parseSteering,
  type SteeringVector,
  steeringChange,
  steeringValues,
} from '../../src/core/steering';
import { intervene } from '../../src/engine/change/intervene';
import { changedLogits } from '../../src/engine/change/logits';
import { makeSteering } from '../../src/engine/change/steering';
import { Distribution } from '../../src/engine/explain/distribution';
import { hookOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { generate } from '../../src/engine/run/generate';
import { embeddedModel, read } from './support/embedded';
import { TestEngine } from './support/engine';

const before = [
  'def find(items, key):\n    for item in items:\n        if item.key == key:\n            return item\n    return',
  'def load(path):\n    if not path.exists():\n        return',
  'class Node:\n    def __init__(self):\n        self.next =',
  'value =',
];

describe('steering', function () {
  this.timeout(20_000);
  let model: Model;
  let vector: SteeringVector;
  const params: MakeSteeringParams = {
    name: 'none',
    layer: 1,
    toward: before.map((text) => `${text} None`),
    away: before.map((text) => `${text} True`),
    language: 'python',
    at: 'last',
  };
  const ids = () => read(model, 'def check(self, name):\n    if name in self.names:\n        return');
  const steered = (strength: number, of = vector) =>
    intervene(model, {
      ids: ids(),
      position: ids().length,
      target: ' None',
      contrast: null,
      changes: [steeringChange(of, strength)],
      freezeAttention: false,
      continuation: 3,
    });

  const refusedWith = (sentence: RegExp) => (thrown: unknown) => {
    assert.ok(thrown instanceof WhenceError, String(thrown));
    assert.match(thrown.message, sentence);
    return true;
  };

  it('makes the difference of the means of what the stream holds at the last tokens', async () => {
    model = await embeddedModel();
    vector = await makeSteering(model, params);
    const hook = 'blocks.1.hook_resid_post';
    const size = model.info.hiddenSize;
    const expected = new Float64Array(size);
    for (const [examples, sign] of [
      [params.toward, 1],
      [params.away, -1],
    ] as const) {
      for (const text of examples) {
        const run = await model.forward({ ids: [read(model, text)], hooks: [hook], logits: 'none' });
        const last = hookOf(run.hooks, hook).data.slice(-size);
        for (const [i, value] of last.entries()) expected[i]! += (sign * value) / examples.length;
      }
    }
    for (const [i, value] of vector.values.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-4);
    assert.ok(vector.streamLength > 1);
    const mean = await makeSteering(model, { ...params, at: 'mean' });
    assert.notDeepEqual(mean.values, vector.values);
  });

  it('moves the wanted token the wanted way, more with more strength, and back when turned round', async () => {
    const [none, one, two, back] = await Promise.all([0, 1, 2, -2].map((strength) => steered(strength)));
    assert.ok(one!.after.probability > 1.5 * none!.after.probability);
    assert.ok(two!.after.probability > one!.after.probability);
    assert.ok(back!.after.probability < none!.after.probability / 5);
    assert.deepEqual(two!.changes, ['blocks.1.hook_resid_post=add:none*2']);
    assert.notDeepEqual(two!.after.continuation, two!.before.continuation);
  });

  it('does nothing at strength 0: the same bits', async () => {
    const [plain, zero] = await Promise.all(
      [[], [steeringChange(vector, 0)]].map(
        async (changes) => (await changedLogits(model, ids(), [changes]))[0],
      ),
    );
    assert.deepEqual(zero, plain);
    const found = await steered(0);
    assert.deepEqual(found.after, found.before);
  });

  const write = (strength: number | null, of = vector) =>
    generate(model, {
      text: 'def check(self, name):\n    if name in self.names:\n        return',
      language: 'python',
      maxTokens: 6,
      stopAt: 'limit',
      sampling: greedy,
      ...(strength !== null && { steering: { vector: of, strength } }),
    });

  it('steers what is written, with a cache as without; what is said of the tokens is of the model as it is', async () => {
    const [plain, zero, two] = await Promise.all([write(null), write(0), write(2)]);
    assert.deepEqual(zero, plain);
    assert.notEqual(two.text, plain.text);
    const { continuation } = (
      await intervene(model, {
        ids: two.prompt.map(({ id }) => id),
        position: two.prompt.length,
        target: ' None',
        contrast: null,
        changes: [steeringChange(vector, 2)],
        freezeAttention: false,
        continuation: two.generated.length,
      })
    ).after;
    assert.deepEqual(
      two.generated.map(({ id }) => id),
      continuation!.ids,
    );
    const ids = [...two.prompt, ...two.generated].map(({ id }) => id);
    const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
    const size = logits!.dims[2]!;
    for (const [i, { id, statistics }] of two.generated.entries()) {
      const at = two.prompt.length + i - 1;
      const own = new Distribution(logits!.data.slice(at * size, (at + 1) * size));
      const { probability } = own.statistics(id, model.tokenizer);
      assert.ok(Math.abs(statistics.probability - probability) < 1e-4);
    }
    assert.ok(two.generated.some(({ statistics }) => statistics.rank > 1));
    const other = { ...vector, model: { ...vector.model, id: 'other', sha256: 'f'.repeat(64) } };
    await assert.rejects(write(1, other), refusedWith(/made with other/));
  });

  it('can be taken out in place of put in', async () => {
    const { part, positions } = parseChange('blocks.1.hook_resid_post=zero');
    const removed = { part, positions, how: { kind: 'remove', direction: steeringValues(vector) } } as const;
    const hook = 'blocks.1.hook_resid_post';
    const { interventionsOf } = await import('../../src/engine/change/interventions');
    const plan = { length: ids().length, prompt: ids().length };
    const interventions = await interventionsOf(model, [[removed]], plan);
    const { hooks } = await model.forward({ ids: [ids()], hooks: [hook], interventions, logits: 'none' });
    const { data } = hookOf(hooks, hook);
    const size = vector.values.length;
    const along = Array.from({ length: ids().length }, (_, at) =>
      vector.values.reduce((sum, value, i) => sum + value * data[at * size + i]!, 0),
    );
    for (const sum of along) assert.ok(Math.abs(sum) < 1e-2, `${sum}`);
  });

  it('is kept as text and read again; the numbers are those of fp32', () => {
    assert.deepEqual(parseSteering(JSON.stringify(vector), 'v.json'), vector);
    assert.deepEqual(Array.from(Float32Array.from(vector.values)), vector.values);
  });

  it('refuses files that are none, one by one', () => {
    const broken: readonly [unknown, RegExp][] = [
      ['{', /v\.json is no steering vector: it is not JSON\. Make one with whence steer\./],
      [null, /its format is not whence-steering-vector/],
      [{ ...vector, format: 'other' }, /its format/],
      [{ ...vector, version: 2 }, /its version is 2/],
      [{ ...vector, name: '' }, /no name/],
      [{ ...vector, model: { id: 'x', sha256: 'short' } }, /for which model/],
      [{ ...vector, layer: -1 }, /how it was made/],
      [{ ...vector, at: 'first' }, /where it was read/],
      [{ ...vector, values: [] }, /1 to 1000000 numbers/],
      [{ ...vector, values: [1, 'a'] }, /numbers/],
    ];
    for (const [content, sentence] of broken) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      assert.throws(() => parseSteering(text, 'v.json'), refusedWith(sentence));
    }
  });

  it('refuses a vector of another model, and examples that are none', async () => {
    const other = { ...vector, model: { ...vector.model, id: 'other', sha256: 'f'.repeat(64) } };
    await assert.rejects(
      steered(1, other),
      refusedWith(/made with other \(ffffffff\), which is not this whence-code \(.{8}\); make one/),
    );
    await assert.rejects(
      makeSteering(model, { ...params, away: [] }),
      refusedWith(/1 to 1000 examples.*not 0/),
    );
    await assert.rejects(
      makeSteering(model, { ...params, layer: 9 }),
      refusedWith(/no L9: its layers are 0 to 3/),
    );
    await assert.rejects(makeSteering(model, { ...params, toward: [''] }), refusedWith(/example is empty/));
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(makeSteering(model, params, options), refusedWith(/withdrawn/));
  });

  it('is made through the engine process', async () => {
    const engine = await TestEngine.create();
    try {
      assert.deepEqual(await engine.process.request('steer/make', params), vector);
    } finally {
      await engine.dispose();
    }
  });
});
