import assert from 'node:assert/strict';
import { greedy } from '../../src/core/generation';
import type { ContextChange } from '../../src/core/whatIf';
import { rankSources, whatIf } from '../../src/engine/explain/whatIf';
import type { Model } from '../../src/engine/model';
import { branch } from '../../src/engine/run/generate';
import { score } from '../../src/engine/run/score';
import { embeddedModel, read } from './support/embedded';

const code =
  'class Cart:\n    def __init__(self):\n        self.total = 0\n        self.prices = []\n\n    def clear(self):\n        self.total = 0\n        self.';

describe('what would change it', function () {
  this.timeout(60_000);
  let model: Model;
  let ids: number[];
  before(async () => {
    model = await embeddedModel();
    ids = read(model, code);
  });

  const ask = (change: ContextChange, position = ids.length) => whatIf(model, { ids, position, change });
  /** The tokens of the first place of a text. */
  const spelled = (text: string) => {
    const start = code.indexOf(text);
    return model.tokenizer
      .locate(ids)
      .flatMap((token, index) => (token.end > start && token.start < start + text.length ? [index] : []));
  };

  it('gives the same answer as the changed text itself, read from the start', async () => {
    const found = await ask({ kind: 'rename', from: 'prices', to: 'amounts' });
    const renamed = code.replaceAll('prices', 'amounts');
    const { text } = found.before.target;
    const whole = `${renamed}${text}`;
    const range = { start: renamed.length, end: whole.length };
    const scored = (await score(model, { text: whole, language: 'python', range })).scored[0]!;
    assert.equal(scored.id, found.before.target.id);
    assert.ok(Math.abs(scored.statistics.probability - found.after.target.probability) < 1e-5);
    assert.deepEqual(
      found.after.alternatives.map(({ id }) => id),
      scored.statistics.alternatives.map(({ id }) => id),
    );
    assert.ok(found.moved > 0 && found.moved <= 1);
  });

  it('follows a name: renamed above, the new name is expected below', async () => {
    const whole = read(model, `${code}prices`);
    const position = ids.length;
    const found = await whatIf(model, {
      ids: whole,
      position,
      change: { kind: 'rename', from: 'prices', to: 'amounts' },
    });
    assert.ok(found.renamed);
    assert.ok(found.renamed.after.probability > 10 * found.renamed.before.probability);
    assert.ok(found.after.target.probability < found.before.target.probability);
  });

  it('takes text out, and masks it, which keeps the places', async () => {
    const indices = spelled('prices');
    const deleted = await ask({ kind: 'delete', indices });
    assert.ok(deleted.after.context < deleted.before.context);
    const masked = await ask({ kind: 'mask', indices });
    assert.equal(masked.after.context, masked.before.context);
    for (const { before, after, moved, renamed } of [deleted, masked]) {
      assert.ok(moved > 0);
      assert.equal(renamed, null);
      assert.equal(before.alternatives.length, 10);
      assert.equal(after.target.id, before.target.id);
    }
    const nothing = await ask({ kind: 'mask', indices: [] });
    assert.equal(nothing.moved, 0);
  });

  it('ranks every source by how much leaving it out changes, as asking one by one does', async () => {
    const groups = ids.map((_, index) => [index]).slice(2);
    const fractions: number[] = [];
    const ranking = await rankSources(
      model,
      { ids, position: ids.length, groups },
      { onProgress: (fraction) => fractions.push(fraction) },
    );
    assert.equal(ranking.sources.length, groups.length);
    assert.equal(fractions.at(-1), 1);
    assert.ok(fractions.length > 1);
    ranking.sources.forEach(({ moved }, at) => {
      assert.ok(at === 0 || moved <= ranking.sources[at - 1]!.moved);
    });
    const [most] = ranking.sources;
    const alone = await ask({ kind: 'mask', indices: most!.indices });
    assert.ok(Math.abs(alone.moved - most!.moved) < 1e-5);
    assert.ok(Math.abs(alone.after.target.probability - most!.probability) < 1e-5);
    assert.equal(alone.after.alternatives[0]!.id, most!.first.id);
  });

  it('stops when the question is withdrawn', async () => {
    const controller = new AbortController();
    const groups = ids.map((_, index) => [index]);
    const onProgress = () => controller.abort();
    await assert.rejects(
      rankSources(model, { ids, position: ids.length, groups }, { signal: controller.signal, onProgress }),
      { code: 'cancelled' },
    );
  });

  it('says what changes nothing and what cannot be asked', async () => {
    await assert.rejects(
      ask({ kind: 'rename', from: 'price', to: 'x' }),
      /"price" is nowhere above the token/,
    );
    await assert.rejects(ask({ kind: 'delete', indices: [] }), /no text, so nothing would change/);
    await assert.rejects(ask({ kind: 'mask', indices: [ids.length] }), /is not in the context/);
    await assert.rejects(ask({ kind: 'mask', indices: [1] }, 0), /Nothing comes before this token/);
    await assert.rejects(
      ask({ kind: 'rename', from: 'self', to: 'word '.repeat(300) }),
      /was made for 512: choose a shorter name/,
    );
  });
});

describe('going on from another token', function () {
  this.timeout(60_000);
  const rest = { language: 'python', maxTokens: 8, stopAt: 'limit', sampling: greedy } as const;

  it('takes the alternative with its own statistics, then writes as the model would after it', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const { before } = await whatIf(model, {
      ids,
      position: ids.length,
      change: { kind: 'mask', indices: [] },
    });
    const other = before.alternatives[1]!;
    const branched = await branch(model, { ids, alternative: other.id, ...rest });
    const [taken, next] = branched.generated;
    assert.equal(taken!.id, other.id);
    assert.equal(taken!.statistics.rank, 2);
    assert.ok(Math.abs(taken!.statistics.probability - other.probability) < 1e-5);
    assert.equal(branched.generated.length, 1 + rest.maxTokens);
    assert.equal(taken!.start, code.length);
    const text = code + taken!.text;
    const range = { start: text.length, end: text.length + next!.text.length };
    const scored = await score(model, { text: text + next!.text, language: 'python', range });
    assert.equal(scored.scored[0]!.statistics.rank, 1);
    assert.equal(branched.text.startsWith(taken!.text), true);
  });

  it('takes any text, of several tokens too', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const branched = await branch(model, { ids, alternative: 'discounts = {}\n', ...rest });
    assert.ok(branched.text.startsWith('discounts = {}\n'));
    await assert.rejects(branch(model, { ids, alternative: '', ...rest }), /nothing to go on from/);
    await assert.rejects(branch(model, { ids, alternative: -1, ...rest }), /-1 is no token/);
  });
});
