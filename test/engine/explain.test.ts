import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '../../src/core/explanation';
import type { ExplainParams } from '../../src/core/protocol';
import { explain } from '../../src/engine/explain/explain';
import { randomFrom } from '../../src/engine/explain/random';
import type { Model } from '../../src/engine/model';
import { embeddedModel, read } from './support/embedded';

const cart = [
  'class Cart:',
  '    def __init__(self, owner):',
  '        self.owner = owner',
  '        self.total = 0',
  '',
  '    def add(self, price):',
  '        self.',
].join('\n');

describe('explain', () => {
  let model: Model;
  before(async () => {
    model = await embeddedModel();
  });

  const ask = (ids: readonly number[], rest: Partial<ExplainParams> = {}): Promise<Explanation> =>
    explain(model, { ids, position: ids.length, target: null, contrast: null, verify: false, ...rest });

  it('gives parts that sum to the metric on 200 random prompts', async function () {
    this.timeout(120_000);
    for (const ids of randomPrompts(model, 200)) {
      const { components, sources, remainder, total, checks } = await ask(ids);
      const scale = Math.max(1, Math.abs(total));
      const direct = components.reduce((sum, component) => sum + component.direct, 0);
      const carried = sources.reduce((sum, source) => sum + source.score, remainder);
      assert.ok(Math.abs(direct - total) <= 1e-4 * scale, `components ${direct}, metric ${total}`);
      assert.ok(
        Math.abs(carried - total) <= 1e-4 * scale,
        `sources and remainder ${carried}, metric ${total}`,
      );
      assert.equal(sources.length, ids.length);
      assert.deepEqual(
        checks.filter(({ holds }) => !holds),
        [],
      );
    }
  });

  it('explains what comes next: the model’s own first choice', async () => {
    const ids = read(model, cart);
    const { target, tokens, lens, settled, components } = await ask(ids);
    const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] });
    const best = logits!.data.indexOf(Math.max(...logits!.data));
    assert.equal(target.id, best);
    assert.equal(target.rank, 1);
    assert.equal(target.index, ids.length);
    assert.equal(target.alternatives.length, 10);
    assert.equal(target.alternatives[0]!.id, best);
    assert.deepEqual(
      tokens.map(({ id }) => id),
      ids,
    );
    assert.equal(lens.length, model.info.layers + 1);
    assert.equal(lens.at(-1)!.top.id, best);
    assert.ok(Math.abs(lens.at(-1)!.probability - target.probability) < 1e-5);
    assert.ok(settled !== null && lens.slice(settled).every(({ rank }) => rank === 1));
    assert.ok(settled === 0 || lens[settled - 1]!.rank > 1);
    assert.equal(components.length, 1 + model.info.layers * (model.info.heads + 1));
  });

  it('explains a token of the text from what precedes it alone', async () => {
    const ids = read(model, cart);
    const position = 20;
    const inside = await ask(ids, { position });
    const alone = await ask(ids.slice(0, position), { target: model.tokenizer.decode([ids[position]!]) });
    assert.equal(inside.target.id, ids[position]);
    assert.equal(inside.target.index, position);
    assert.equal(inside.tokens.length, ids.length);
    assert.equal(inside.total, alone.total);
    assert.deepEqual(inside.sources, alone.sources);
  });

  it('compares with a contrast: the difference of the two logits', async () => {
    const ids = read(model, cart);
    const { total, metric, contrast, target } = await ask(ids, { target: 'total', contrast: 'owner' });
    assert.equal(metric, 'logitDifference');
    assert.ok(contrast);
    assert.ok(Math.abs(total - (target.logit - contrast.logit)) < 1e-6);
    const mirrored = await ask(ids, { target: 'owner', contrast: 'total' });
    assert.ok(Math.abs(mirrored.total + total) < 1e-6);
  });

  it('compares texts of several tokens at the first that differs', async () => {
    const ids = read(model, 'def area(width, height):\n    return ');
    const target = 'width * height';
    const contrast = 'width + height';
    const targetIds = model.tokenizer.encode(target).map(({ id }) => id);
    const contrastIds = model.tokenizer.encode(contrast).map(({ id }) => id);
    const shared = targetIds.findIndex((id, at) => id !== contrastIds[at]);
    assert.ok(shared > 0);
    const explanation = await ask(ids, { target, contrast });
    assert.equal(explanation.target.id, targetIds[shared]);
    assert.equal(explanation.contrast?.id, contrastIds[shared]);
    assert.equal(explanation.target.index, ids.length + shared);
    assert.equal(explanation.sources.length, ids.length + shared);
  });

  it('follows the model’s own choice where the contrast begins like it', async () => {
    const ids = read(model, cart);
    const first = await ask(ids);
    const explanation = await ask(ids, { contrast: `${first.target.text}zzz` });
    const chosen = await ask([...ids, first.target.id]);
    assert.equal(explanation.target.id, chosen.target.id);
    assert.equal(explanation.target.index, ids.length + 1);
  });

  it('lists the heads that matter with where they look and what they bring', async () => {
    const { heads, components, target } = await ask(read(model, cart));
    assert.equal(heads.length, 12);
    const sizes = heads.map(({ direct }) => Math.abs(direct));
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
    for (const { layer, head, direct, attention, bySource } of heads) {
      assert.equal(components.find(({ name }) => name === `L${layer}H${head}`)?.direct, direct);
      assert.ok(attention.every(({ index, weight }) => index < target.index && weight > 0 && weight <= 1));
      assert.ok(attention.reduce((sum, { weight }) => sum + weight, 0) <= 1 + 1e-5);
      assert.ok(bySource.length > 0 && bySource.every(({ index }) => index < target.index));
    }
  });

  it('refuses what cannot be asked, in a sentence', async () => {
    const ids = read(model, cart);
    const refused = (code: string, sentence: RegExp) => ({ code, message: sentence });
    await assert.rejects(
      ask(ids, { position: 0 }),
      refused('bad-argument', /^Nothing comes before this token.*\.$/),
    );
    await assert.rejects(
      ask(ids, { position: ids.length + 1 }),
      refused('bad-argument', /no token \d+ in a text/),
    );
    await assert.rejects(ask([...ids, 4096]), refused('bad-argument', /4096 is no token of whence-code/));
    await assert.rejects(ask(ids, { target: '' }), refused('bad-argument', /The target is empty/));
    await assert.rejects(
      ask(ids, { target: 'a', contrast: 'a' }),
      refused('bad-argument', /"a" starts as the target/),
    );
    await assert.rejects(
      ask(Array(513).fill(10)),
      refused('bad-input', /513 tokens, but whence-code was made for 512/),
    );
    await assert.rejects(ask([]), refused('bad-argument', /Nothing comes before/));
  });

  it('stops when the question is withdrawn', async () => {
    const controller = new AbortController();
    const ids = read(model, cart);
    const params = { ids, position: ids.length, target: null, contrast: null, verify: true };
    const asked = explain(model, params, {
      signal: controller.signal,
      onAttributed: () => controller.abort(),
    });
    await assert.rejects(asked, { code: 'cancelled' });
  });

  it('shows the explanation before the check, and the same one after it', async () => {
    const ids = read(model, cart);
    const early: Explanation[] = [];
    const params = { ids, position: ids.length, target: null, contrast: null, verify: true };
    const final = await explain(model, params, { onAttributed: (explanation) => early.push(explanation) });
    assert.equal(early.length, 1);
    assert.equal(early[0]!.verification, null);
    assert.deepEqual({ ...final, verification: null, recall: null }, early[0]);
    assert.ok(final.verification);
  });
});

/** Half stretches of this repository's own code, half random tokens; of 1 to 160 tokens. */
function* randomPrompts(model: Model, count: number): Generator<number[]> {
  const random = randomFrom([2]);
  const below = (limit: number) => Math.floor(random() * limit);
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  for (let at = 0; at < count; at++) {
    const length = 1 + below(160);
    if (at % 2 === 0) {
      yield Array.from({ length }, () => below(model.info.vocabularySize));
      continue;
    }
    const text = readFileSync(join('src', files[below(files.length)]!), 'utf8');
    yield read(model, text.slice(below(text.length)), 'typescript').slice(0, length);
  }
}
