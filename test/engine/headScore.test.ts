import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { HeadScore } from '../../src/core/headScore';
import { headScore } from '../../src/engine/circuit/headScore';
import { loadModel } from '../../src/engine/run/load';
import { induction } from '../handbuilt/induction';
import { embeddedModel, read } from './support/embedded';

const architectures = readdirSync('test/fixtures/checkpoints', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const code =
  'def scale(width, height):\n    return width * height\n\n\ndef area(width, height):\n    return width *';

function sums({ querySide, keySide }: HeadScore) {
  return [querySide, keySide].flatMap(({ components, tokens, remainder }) => [
    components.reduce((sum, { score }) => sum + score, 0),
    tokens.reduce((sum, { score }) => sum + score, remainder),
  ]);
}

function assertSums(score: HeadScore) {
  const limit = 1e-4 * Math.max(1, Math.abs(score.score));
  for (const sum of sums(score))
    assert.ok(Math.abs(sum - score.score) <= limit, `${sum} is not ${score.score}`);
  assert.equal(score.checks.length, 4);
  assert.ok(score.checks.every(({ holds }) => holds));
}

describe('why a head looks where it looks', function () {
  this.timeout(60_000);

  it('adds up on both sides, by part and by token, for every head of the embedded model', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const query = ids.length - 1;
    for (let layer = 0; layer < model.info.layers; layer++) {
      for (let head = 0; head < model.info.heads; head++) {
        const key = (layer * 7 + head * 3) % ids.length;
        const score = await headScore(model, { ids, layer, head, query, key });
        assertSums(score);
        assert.equal(score.querySide.tokens.length, ids.length);
        // Nothing behind a key can have written into it.
        for (const { index, score: from } of score.keySide.tokens) assert.ok(index <= key || from === 0);
        assert.ok(score.looked.every(({ weight }, at) => at === 0 || weight <= score.looked[at - 1]!.weight));
        const own = score.looked.find(({ index }) => index === key);
        if (own) assert.equal(own.weight, score.weight);
      }
    }
  });

  it('finds in the weights what the softmax does with the scores', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const at = { ids, layer: 1, head: 1, query: ids.length - 1, key: 0 };
    const { looked } = await headScore(model, at);
    const [first, second] = [looked[0]!, looked[1]!];
    assert.ok(Math.abs(Math.log(first.weight / second.weight) - (first.score - second.score)) < 1e-4);
  });

  for (const name of architectures) {
    it(`adds up with norms, caps, biases and shared keys: ${name}`, async () => {
      const model = await loadModel(`test/fixtures/checkpoints/${name}`, { threads: 1, tokenizer: false });
      const question = { ids: [5, 17, 60, 2, 33], query: 4, key: 2 };
      for (const layer of [0, 1]) assertSums(await headScore(model, { ...question, layer, head: 1 }));
      await model.close();
    });
  }

  it('names the previous-token head as what an induction head looks for', async () => {
    const model = await induction().load();
    // The last token came before, at place 1; the head looks at what followed it there.
    const score = await headScore(model, { ids: [0, 3, 4, 5, 6, 7, 3], layer: 1, head: 0, query: 6, key: 2 });
    await model.close();
    assertSums(score);
    assert.ok(score.weight > 0.9);
    assert.equal(score.keySide.components[0]!.name, 'L0H0');
    assert.equal(strongest(score.keySide.tokens), 1);
    assert.equal(strongest(score.querySide.tokens), 6);
  });

  it('says what cannot be asked', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const ask = (change: object) => headScore(model, { ids, layer: 0, head: 0, query: 3, key: 1, ...change });
    await assert.rejects(ask({ layer: 9 }), /no head L9H0: it has 4 layers of 4 heads/);
    await assert.rejects(ask({ key: 4 }), /cannot look at token 4/);
    await assert.rejects(ask({ ids: [1, 99_999], query: 1 }), /99999 is no token/);
  });
});

function strongest(tokens: HeadScore['keySide']['tokens']): number {
  return tokens.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score))[0]!.index;
}
