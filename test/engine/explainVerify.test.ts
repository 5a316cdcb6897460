import assert from 'node:assert/strict';
import type { Explanation, Verification } from '../../src/core/explanation';
import { explain } from '../../src/engine/explain/explain';
import type { Model } from '../../src/engine/model';
import { embeddedModel, read } from './support/embedded';

const text = [
  'class Cart:',
  '    def __init__(self, owner):',
  '        self.owner = owner',
  '        self.total = 0',
  '',
  '    def pay(self):',
  '        return self.',
].join('\n');

describe('the measured check', () => {
  let model: Model;
  let ids: number[];
  let explanation: Explanation;
  let verification: Verification;

  const ask = (asked: readonly number[]) =>
    explain(model, { ids: asked, position: asked.length, target: null, contrast: null, verify: true });

  before(async () => {
    model = await embeddedModel();
    ids = read(model, text);
    explanation = await ask(ids);
    assert.ok(explanation.verification);
    verification = explanation.verification;
  });

  it('names the six largest sources that may be deleted', () => {
    const { sources } = explanation;
    const eligible = sources.filter(({ index }) => index > 0 && index < ids.length - 1);
    const largest = eligible.toSorted((a, b) => b.score - a.score).slice(0, 6);
    assert.deepEqual(
      verification.named,
      largest.map(({ index }) => index).sort((a, b) => a - b),
    );
  });

  it('replaces exactly the named embeddings by the mean embedding, and measures what that does', async () => {
    const mean = (await model.meanEmbedding()).data;
    const scale = Float32Array.from(ids, (_, at) => (verification.named.includes(at) ? 0 : 1));
    const add = new Float32Array(ids.length * mean.length);
    for (const at of verification.named) add.set(mean, at * mean.length);
    const request = { ids: [ids], hooks: ['hook_embed'], logits: [ids.length - 1] };
    const plain = await model.forward(request);
    const deleted = await model.forward({
      ...request,
      interventions: [
        {
          hook: 'hook_embed',
          scale: { dims: [1, ids.length, 1], data: scale },
          add: { dims: [1, ids.length, mean.length], data: add },
        },
      ],
    });

    const rowOf = (result: typeof plain, at: number) =>
      result.hooks.get('hook_embed')!.data.slice(at * mean.length, (at + 1) * mean.length);
    ids.forEach((_, at) => {
      assert.deepEqual(
        rowOf(deleted, at),
        verification.named.includes(at) ? mean : rowOf(plain, at),
        `token ${at}`,
      );
    });

    const metric = ({ data }: { readonly data: Float32Array }) =>
      data[explanation.target.id]! - data.reduce((sum, logit) => sum + logit, 0) / data.length;
    const probability = ({ data }: { readonly data: Float32Array }) =>
      1 / data.reduce((sum, logit) => sum + Math.exp(logit - data[explanation.target.id]!), 0);
    assert.ok(Math.abs(metric(plain.logits!) - metric(deleted.logits!) - verification.effect) < 1e-3);
    assert.ok(Math.abs(probability(deleted.logits!) - verification.probability.named) < 1e-4);
    assert.ok(Math.abs(probability(plain.logits!) - verification.probability.before) < 1e-4);
    assert.ok(Math.abs(verification.probability.before - explanation.target.probability) < 1e-9);
  });

  it('holds exactly when the effect is positive and twice the random one', async () => {
    const verdicts = new Set<boolean>();
    for (let length = 8; length <= ids.length; length += 3) {
      const { verification: found } = await ask(ids.slice(0, length));
      assert.ok(found);
      const { effect, randomEffect, holds, tier } = found;
      assert.equal(holds, effect > 0 && effect >= 2 * randomEffect);
      assert.equal(tier, holds ? 'ablated' : 'attributed');
      verdicts.add(holds);
    }
    assert.deepEqual(
      [...verdicts].sort(),
      [false, true],
      'some hold and some do not, or the check says nothing',
    );
  });

  it('gives the same question the same answer', async () => {
    assert.deepEqual((await ask(ids)).verification, verification);
  });

  it('names fewer where there are few, and says nothing where there is nothing to compare', async () => {
    for (let length = 1; length <= 6; length++) {
      const { verification: found } = await ask(ids.slice(0, length));
      // One special token at the start, the last token: what is left can be deleted, one half against the other.
      const eligible = Math.max(0, length - 2);
      if (eligible < 2) assert.equal(found, null, `${length} tokens`);
      else assert.ok(found === null || found.named.length <= Math.floor(eligible / 2), `${length} tokens`);
    }
  });
});
