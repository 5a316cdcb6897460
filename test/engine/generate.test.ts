import assert from 'node:assert/strict';
import { join } from 'node:path';
import { WhenceError } from '../../src/core/errors';
import {
  type GenerateParams,
  type GenerateResult,
  greedy,
  type ScoredToken,
} from '../../src/core/generation';
import { wellFormed } from '../../src/engine/checkpoint/utf8';
import type { Model } from '../../src/engine/model';
import { Continuation } from '../../src/engine/run/continuation';
import { generate } from '../../src/engine/run/generate';
import { loadModel } from '../../src/engine/run/load';
import { stopRule } from '../../src/engine/run/stop';

const python =
  'import os\n\n\nclass Reader:\n    def __init__(self, path, encoding):\n        self.path = path\n        self.enc';
const typescript = 'export function area(width: number, height: number): number {\n  const total = ';

describe('generation with the embedded model', function () {
  this.timeout(60_000);
  let model: Model;
  before(async () => {
    model = await loadModel(join('models', 'whence-code'), { threads: 1 });
  });
  after(() => model.close());

  async function run(change: Partial<GenerateParams>, signal?: AbortSignal) {
    const streamed: ScoredToken[] = [];
    const params: GenerateParams = {
      text: python,
      language: 'python',
      maxTokens: 24,
      stopAt: 'limit',
      sampling: greedy,
      ...change,
    };
    const result = await generate(model, params, { signal, onToken: (token) => streamed.push(token) });
    return { result, streamed, document: params.text.slice(0, result.constrained.start) };
  }

  /** The document after the insertion, as the ranges of the tokens see it. */
  function assertPlaced(result: GenerateResult, text: string): void {
    const document = text + result.text;
    let reached = result.prompt.at(-1)!.end;
    for (const { start, end, text: own } of result.generated) {
      assert.ok(start <= reached && reached <= end);
      if (!own.includes('\ufffd')) assert.equal(document.slice(start, end), own);
      reached = end;
    }
    if (result.generated.length > 0) assert.ok(reached <= document.length);
    if (result.text !== '') assert.equal(reached, document.length);
  }

  it('completes the word at the cursor and goes on', async () => {
    const { result } = await run({ stopAt: 'line' });
    assert.equal(result.text, 'oding = encoding');
    assert.equal(result.stop, 'line');
    assert.equal(python.slice(result.constrained.start), 'enc');
    assert.equal(result.generated[0]?.text, 'encoding');
    assertPlaced(result, python);
  });

  it('streams exactly the tokens of the result, in order', async () => {
    for (const stopAt of ['limit', 'line', 'statement', 'block'] as const) {
      const { result, streamed } = await run({ stopAt, maxTokens: 60 });
      assert.deepEqual(streamed, result.generated);
      assertPlaced(result, python);
    }
  });

  it('gives each token the statistics of the model’s own distribution: those of a forward run', async () => {
    const { result } = await run({ sampling: { temperature: 1.3, topK: 5, topP: 0.9, seed: 3 } });
    const ids = [...result.prompt, ...result.generated].map(({ id }) => id);
    const first = result.prompt.length;
    const positions = result.generated.map((_, i) => first - 1 + i);
    const { logits } = await model.forward({ ids: [ids], hooks: [], logits: positions });
    const size = model.info.vocabularySize;
    result.generated.forEach(({ id, statistics }, i) => {
      const row = Array.from(logits!.data.subarray(i * size, (i + 1) * size));
      const largest = Math.max(...row);
      const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
      const probabilities = row.map((logit) => Math.exp(logit - largest) / total);
      const entropy = probabilities.reduce((sum, p) => sum - (p > 0 ? p * Math.log2(p) : 0), 0);
      assert.ok(Math.abs(statistics.logit - row[id]!) < 1e-3);
      assert.ok(Math.abs(statistics.probability - probabilities[id]!) < 1e-4);
      assert.ok(Math.abs(statistics.entropy - entropy) < 1e-3);
      assert.equal(statistics.rank, 1 + row.filter((logit) => logit > row[id]!).length);
      const best = row.map((_, other) => other).sort((a, b) => row[b]! - row[a]!);
      assert.deepEqual(
        statistics.alternatives.map((other) => other.id),
        best.slice(0, 10),
      );
      assert.equal(statistics.alternatives[0]?.text, model.tokenizer.textOf(best[0]!));
    });
  });

  it('chooses greedily what a forward run ranks first', async () => {
    const { result } = await run({ text: 'def main():', maxTokens: 32 });
    const free = result.generated.filter(({ end }) => end > result.constrained.end);
    assert.ok(free.length >= 31 && free.slice(1).every(({ statistics }) => statistics.rank === 1));
  });

  it('repeats itself with the same seed, and not with another', async () => {
    const texts = await Promise.all(
      [1, 1, 2].map(
        async (seed) => (await run({ sampling: { temperature: 1, topK: 0, topP: 1, seed } })).result.text,
      ),
    );
    assert.equal(texts[0], texts[1]);
    assert.notEqual(texts[0], texts[2]);
  });

  it('spells what is there already, whatever it is', async () => {
    const sampling = { temperature: 1, topK: 0, topP: 1, seed: 5 };
    for (const text of [
      'x = "😀',
      'zq',
      'a \ud83d',
      '\tif\r\n',
      'def f(',
      'été = «',
      '日本',
      '    '.repeat(9),
    ]) {
      const { result } = await run({ text, sampling, maxTokens: 12 });
      const spelled = Buffer.concat(
        [...result.prompt, ...result.generated].map(({ id }) => Buffer.from(model.tokenizer.bytesOf(id))),
      ).toString('utf8');
      assert.equal(spelled, wellFormed(text) + result.text, JSON.stringify(text));
      assertPlaced(result, text);
    }
  });

  it('generates text, tag and constraint aside, from the prompt’s tokens only', async () => {
    const { result } = await run({});
    assert.ok(result.generated.every(({ special }) => !special));
    assert.deepEqual(
      result.prompt.filter(({ special }) => special).map(({ text }) => text),
      ['<|py|>'],
    );
  });

  it('counts the tokens that bring new text, not those that spell what is there', async () => {
    const text = 'def main():\n    ';
    const { result } = await run({ text, maxTokens: 1 });
    assert.equal(result.stop, 'token-limit');
    assert.deepEqual(
      result.generated.map(({ end }) => end > text.length),
      [false, true],
    );
  });

  it('ends with the statement', async () => {
    const sampling = { temperature: 0.7, topK: 0, topP: 0.9, seed: 2 };
    const { result } = await run({ text: typescript, language: 'typescript', stopAt: 'statement', sampling });
    assert.equal(result.stop, 'statement');
    assert.ok(!result.text.trimEnd().includes('\n'), JSON.stringify(result.text));
    assertPlaced(result, typescript);
  });

  it('ends with the end of the text', async () => {
    const stops = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const sampling = { temperature: 1, topK: 0, topP: 1, seed };
      const { result } = await run({
        text: "if __name__ == '__main__':\n    main()\n",
        sampling,
        maxTokens: 40,
      });
      stops.add(result.stop);
    }
    assert.ok(stops.has('end-of-text'), [...stops].join());
  });

  it('fills the context and stops', async () => {
    const { result } = await run({ text: 'value = 1\n'.repeat(300), maxTokens: 5000 });
    assert.equal(result.stop, 'context-full');
    assert.equal(result.prompt.length + result.generated.length, model.info.contextLength);
    assert.ok(result.truncation && result.truncation.characters > 0 && result.truncation.tokens > 0);
  });

  it('answers in 2 MB', async () => {
    const text = 'total = total + value\n'.repeat(100_000);
    const { result } = await run({ text, maxTokens: 4 });
    assert.ok(text.length > 2_000_000 && result.generated.length >= 4);
    assert.ok(result.prompt.every(({ start }) => start >= result.truncation!.characters));
    assertPlaced(result, text);
  });

  it('is withdrawn at once', async () => {
    const controller = new AbortController();
    let streamed = 0;
    const promise = generate(
      model,
      { text: 'x = 1\n', language: 'python', maxTokens: 400, stopAt: 'limit', sampling: greedy },
      {
        signal: controller.signal,
        onToken: () => {
          if (++streamed === 3) controller.abort();
        },
      },
    );
    await assert.rejects(promise, { code: 'cancelled' });
    assert.equal(streamed, 3);
  });

  it('refuses what cannot be generated from', async () => {
    await assert.rejects(
      run({ text: '' }),
      (error) => error instanceof WhenceError && error.code === 'bad-input',
    );
    await assert.rejects(
      run({ text: 'a\0b' }),
      (error) => error instanceof WhenceError && error.code === 'bad-input',
    );
    await assert.rejects(run({ maxTokens: 0 }), {
      code: 'bad-argument',
      message: 'The token limit is 0: give a whole number, 1 or more.',
    });
  });

  it('streams no token that may still turn out to lie behind the end', () => {
    const before = 'def f():\n    ';
    const constrained = { start: before.length, end: before.length };
    const streamed: string[] = [];
    const rule = stopRule('block', 'python', before);
    const continuation = new Continuation(model.tokenizer, constrained, rule, ({ text }) =>
      streamed.push(text),
    );
    const nothing = { logit: 0, probability: 1, rank: 1, entropy: 0, alternatives: [] };
    const ended = model.tokenizer
      .encode('a = 1\n    b = "😀"\n\n\nc')
      .map(({ id }) => [continuation.append(id, nothing), streamed.join('')] as const);
    assert.deepEqual(
      ended.map(([over]) => over),
      ended.map((_, i) => i === ended.length - 1),
    );
    assert.ok(
      ended.some(([, text]) => text.endsWith(' ="') || text.endsWith(' "')),
      'nothing is streamed before the end',
    );
    assert.ok(ended.every(([, text]) => !text.endsWith('\n') && !text.endsWith('    ')));
    const { text, generated } = continuation.finish();
    assert.equal(text, 'a = 1\n    b = "😀"');
    assert.equal(generated.length, streamed.length);
  });
});
