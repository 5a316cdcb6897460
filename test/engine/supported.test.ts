import assert from 'node:assert/strict';
import { answerOf } from '../../src/core/answer';
import type { Explanation } from '../../src/core/explanation';
import { originOf } from '../../src/core/origin';
import { explain } from '../../src/engine/explain/explain';
import type { Model } from '../../src/engine/model';
import { embeddedModel, read } from './support/embedded';

const unrelated = 'limit = 100\nstep = limit // 4\nif step > 20:\n    step = 20\nelse:\n    step = 10\n\n\n';

describe('recalled or composed, by experiment', () => {
  let model: Model;
  before(async () => {
    model = await embeddedModel();
  });
  const ask = (text: string, answer: string, language = 'python', verify = true): Promise<Explanation> => {
    const context = read(model, text, language);
    const [id] = model.tokenizer.encode(answer);
    return explain(model, {
      ids: [...context, id!.id],
      position: context.length,
      target: null,
      contrast: null,
      verify,
    });
  };

  it('finds a word of the library that comes without what stands further up', async () => {
    const found = await ask(`${unrelated}raise Value`, 'Error');
    assert.ok(found.recall?.holds, JSON.stringify(found.recall));
    assert.equal(originOf(found).kind, 'recalled');
    const { sentence } = answerOf(found, null, () => 0);
    assert.match(
      sentence,
      /^Recalled from the weights: .* of the last 8 tokens it keeps |but the last 8 tokens it keeps/,
    );
    assert.equal(
      (await ask(`${unrelated}raise Value`, 'Error', 'python', false)).recall,
      null,
      'not asked for',
    );
  });

  it('measures what it says: other code further up, the last eight tokens as they are', async () => {
    const found = await ask(`${unrelated}raise Value`, 'Error');
    const own = read(model, `${unrelated}raise Value`);
    const other = read(model, 'width = 12\nheight = 30\nbest = [2, 3, 5]\ncolor = "green"\n\n');
    const ids = [...other, ...own.slice(-8)];
    const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] });
    const largest = Math.max(...logits!.data);
    const total = logits!.data.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    const probability = Math.exp(logits!.data[found.target.id]! - largest) / total;
    assert.ok(Math.abs(found.recall!.probability - probability) < 1e-6);
  });

  it('says composed of what goes with the lines further up, and asks nothing of what was copied', async () => {
    const copied = await ask(
      'function kat_tasp(katSnar: string): string {\n  return',
      ' katSnar',
      'typescript',
    );
    assert.equal(originOf(copied).kind === 'copied', copied.recall === null);
    const closing = await ask(
      `${'if a:\n'}${'    b = c\n'.repeat(3)}    d = [\n        1,\n        2,\n    `,
      ']',
    );
    assert.ok(
      closing.recall === null || originOf(closing).kind === (closing.recall.holds ? 'recalled' : 'composed'),
    );
  });
});

describe('names used as an API', () => {
  let model: Model;
  before(async () => {
    model = await embeddedModel();
  });

  /** Of the token that `¦` stands before. */
  const nameIn = async (text: string, language = 'python') => {
    const [before, after] = text.split('¦') as [string, string];
    const context = read(model, before, language);
    const ids = [...context, ...model.tokenizer.encode(after).map(({ id }) => id)];
    const asked = { ids, position: context.length, target: null, contrast: null, verify: false };
    const explanation = await explain(model, asked);
    return { name: explanation.name, answer: answerOf(explanation, null, () => 0) };
  };

  it('knows members, calls and imports, and leaves declarations and own members alone', async () => {
    const roleOf = async (text: string, language?: string) =>
      (await nameIn(text, language)).name?.role ?? null;
    assert.equal(await roleOf('x = json.¦dumps(y)'), 'member');
    assert.equal(await roleOf('x =¦ compute(y)'), 'call');
    assert.equal(await roleOf('from os import¦ path\n'), 'import');
    assert.equal(await roleOf("import {¦ join } from 'x';", 'typescript'), 'import');
    assert.equal(await roleOf('def¦ compute(y):'), null);
    assert.equal(await roleOf('class A {\n  ¦compute(y) {', 'typescript'), null);
    assert.equal(await roleOf('self.¦compute(y)'), null);
    assert.equal(await roleOf('x = 1.¦5 + y'), null);
    assert.equal(await roleOf('x =¦ y + 1'), null);
  });

  it('takes the whole name, with the probability of its tokens up to the one asked about', async () => {
    const text = 'x = json.zorblexify(y)';
    const ids = read(model, text);
    const dot = read(model, 'x = json.').length;
    const first = await explain(model, { ids, position: dot, target: null, contrast: null, verify: false });
    const second = await explain(model, {
      ids,
      position: dot + 1,
      target: null,
      contrast: null,
      verify: false,
    });
    assert.equal(first.name!.text, 'zorblexify');
    assert.deepEqual(first.name!.probability, first.target.probability);
    assert.equal(second.name!.text, 'zorblexify');
    assert.equal(second.name!.first, dot);
    const product = first.target.probability * second.target.probability;
    assert.ok(Math.abs(second.name!.probability - product) <= 1e-4 * product);
  });

  it('marks a name that stands nowhere and that the model did not expect, and no other', async () => {
    const invented = await nameIn(`${unrelated}x = json.¦zorblexify(y)`);
    assert.match(
      invented.answer.unsupported!,
      /^Not supported: ‘zorblexify’ is used as a member, stands nowhere/,
    );
    const known = await nameIn(`${unrelated}items = []\nitems.¦append(1)`);
    assert.equal(known.answer.unsupported, null);
    const inContext = await nameIn(`def zorblexify(x):\n    return x\n\n\nx = json.¦zorblexify(y)`);
    assert.equal(inContext.name!.inContext, true);
    assert.equal(inContext.answer.unsupported, null);
    const longer = await nameIn('zorblexify_all = 1\nx = json.¦zorblexify(y)');
    assert.equal(longer.name!.inContext, false, 'a longer name is another one');
  });
});
