import assert from 'node:assert/strict';
import { join } from 'node:path';
import { greedy } from '../../src/core/generation';
import type { TextRange } from '../../src/core/text';
import type { Model } from '../../src/engine/model';
import { generate } from '../../src/engine/run/generate';
import { loadModel } from '../../src/engine/run/load';
import { score } from '../../src/engine/run/score';

const text = 'def add(first, second):\n    return first + second\n\n\nprint(add(1, 2))\n';

describe('scores of text that is there', function () {
  this.timeout(60_000);
  let model: Model;
  before(async () => {
    model = await loadModel(join('models', 'whence-code'), { threads: 1 });
  });
  after(() => model.close());

  const run = (of: string, range: TextRange, language = 'python') =>
    score(model, { text: of, language, range });

  it('scores the tokens that touch the range, given all before them', async () => {
    const start = text.indexOf('first +');
    const { prompt, scored, truncation } = await run(text, { start: start + 2, end: start + 5 });
    assert.equal(truncation, null);
    assert.deepEqual(
      scored.map((token) => [token.text, token.start, token.end]),
      [[' first', start - 1, start + 5]],
    );
    assert.equal(prompt.at(-1)?.end, start - 1);
    assert.equal(prompt[0]?.text, '<|py|>');
  });

  it('does not read what comes after the range', async () => {
    const range = { start: 0, end: 24 };
    assert.deepEqual(await run(text, range), await run(`${text.slice(0, 24)}nothing of the kind`, range));
  });

  it('agrees with what was generated', async () => {
    const before = 'def add(first, second):';
    const { generated, text: added } = await generate(model, {
      text: before,
      language: 'python',
      maxTokens: 20,
      stopAt: 'limit',
      sampling: greedy,
    });
    const whole = before + added;
    const fresh = generated.filter(({ end }) => end > before.length);
    const { scored } = await run(whole, { start: before.length, end: whole.length });
    assert.deepEqual(
      scored.map(({ id }) => id),
      fresh.map(({ id }) => id),
      'another split',
    );
    scored.forEach(({ statistics }, i) => {
      const other = fresh[i]!.statistics;
      assert.ok(Math.abs(statistics.probability - other.probability) < 1e-4);
      assert.equal(statistics.rank, other.rank);
    });
  });

  it('scores more tokens than it holds logits of', async () => {
    const long = 'values = [first, second]\n'.repeat(20);
    const { scored } = await run(long, { start: 0, end: long.length });
    assert.ok(scored.length > 100);
    assert.ok(scored.at(-2)!.statistics.probability > 0.5, 'the repetition is not recognised');
    assert.equal(scored[0]?.start, 0);
  });

  it('leaves out the start where the text is too long, of the range too, and says so', async () => {
    const long = 'some_value = other_value + 1\n'.repeat(400);
    const { prompt, scored, truncation } = await run(long, { start: 100, end: long.length });
    assert.ok(truncation && truncation.characters > 100 && truncation.tokens > 0);
    assert.equal(prompt.length, 1, 'the tag');
    assert.equal(scored[0]?.start, truncation.characters);
    assert.ok(1 + scored.length <= model.info.contextLength);
    assert.equal(scored.at(-1)?.end, long.length);
  });

  it('is withdrawn', async () => {
    await assert.rejects(
      score(model, { text, language: null, range: { start: 0, end: 10 } }, { signal: AbortSignal.abort() }),
      { code: 'cancelled' },
    );
  });

  const refused: readonly (readonly [string, string, TextRange, string, RegExp])[] = [
    [
      'an empty document',
      '',
      { start: 0, end: 0 },
      'bad-input',
      /^The document is empty, .* Write some code\.$/,
    ],
    ['an empty range', text, { start: 4, end: 4 }, 'bad-input', /^Nothing is selected\. Select the code/],
    ['binary text', 'a\0b', { start: 0, end: 3 }, 'bad-input', /binary file/],
    [
      'a range outside',
      text,
      { start: 4, end: 4000 },
      'bad-argument',
      /no range from 4 to 4000 in a text of 69/,
    ],
  ];
  for (const [name, of, range, code, message] of refused) {
    it(`refuses ${name}`, () => assert.rejects(run(of, range), { name: 'WhenceError', code, message }));
  }
});
