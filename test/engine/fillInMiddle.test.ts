import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { anchorsAt } from '../../src/core/anchors';
import { type GenerateParams, type GenerateResult, greedy } from '../../src/core/generation';
import { recordOfGeneration } from '../../src/core/record';
import { createTokenizer } from '../../src/engine/checkpoint/tokenizer';
import { explain } from '../../src/engine/explain/explain';
import { whatIf } from '../../src/engine/explain/whatIf';
import type { Model } from '../../src/engine/model';
import { branch, generate } from '../../src/engine/run/generate';
import { loadModel } from '../../src/engine/run/load';
import { preparePrompt } from '../../src/engine/run/prompt';
import { fillIds, fillModel, fillSpellings } from './support/fillModel';

const above = 'def mean(values):\n    total = 0\n    for value in values:\n        total += ';
const suffix = '\n    return total / len(values)\n\n\ndef spread(values):\n    return max(values)\n';
const params = { text: above, suffix, language: 'python', maxTokens: 12 };
const asked: GenerateParams = { ...params, stopAt: 'limit', sampling: greedy };

describe('filling in the middle', function () {
  this.timeout(30_000);
  let folder: string;
  let model: Model;
  let plain: Model;
  before(async () => {
    folder = fillModel();
    model = await loadModel(folder, { threads: 1 });
    plain = await loadModel(join('models', 'whence-code'), { threads: 1 });
  });
  after(async () => {
    await model.close();
    await plain.close();
    rmSync(folder, { recursive: true });
  });

  const spelled = (ids: readonly number[]) => ids.map((id) => model.tokenizer.textOf(id)).join('');
  const idsOf = (tokens: readonly { readonly id: number }[]) => tokens.map(({ id }) => id);
  /** Every token's text where the result says it stands. */
  const whole = (result: GenerateResult) => above + result.text + result.after;
  function placed(result: GenerateResult) {
    for (const token of [...result.prompt, ...result.generated]) {
      if (token.special) continue;
      const bytes = Buffer.from(model.tokenizer.bytesOf(token.id)).toString('utf8');
      assert.equal(whole(result).slice(token.start, token.end), bytes);
    }
  }

  it('reads the text before, the text behind, and then writes', () => {
    const { tokens, rest, constrained, after } = preparePrompt(model, params);
    const [tag] = model.tokenizer.prefix('python');
    assert.deepEqual(idsOf(tokens.filter(({ special }) => special)), [tag, ...Object.values(fillIds)]);
    const text = `<|py|>${fillSpellings[0]}${above.slice(0, constrained.start)}${fillSpellings[1]}${suffix}${fillSpellings[2]}`;
    assert.equal(spelled(idsOf(tokens)), text);
    assert.equal(after, suffix);
    assert.equal(above.slice(0, constrained.start) + rest, above);
    assert.ok(rest.length > 0, 'a word that goes on behind the cursor is spelled again');
  });

  it('is left alone where nothing stands behind the cursor, and by models that did not learn it', () => {
    assert.equal(plain.tokenizer.fillInMiddle, null);
    const expected = preparePrompt(plain, { ...params, suffix: '' });
    for (const [each, text] of [
      [model, ''],
      [model, ' \n\n'],
      [plain, suffix],
    ] as const)
      assert.deepEqual(preparePrompt(each, { ...params, suffix: text }), expected);
  });

  it('can begin a document', async () => {
    const { prompt, after } = await generate(model, { ...asked, text: '' });
    assert.equal(after, suffix);
    assert.equal(prompt.at(-1)?.id, fillIds.middle);
    await assert.rejects(generate(plain, { ...asked, text: '' }), /no text before the cursor/);
  });

  it('keeps most of the room for what stands before, and cuts what stands behind at a line', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => `value_${i} = compute(${i})\n`).join('');
    const { tokens, behind, after, truncation } = preparePrompt(model, {
      ...params,
      text: lines(300),
      suffix: lines(300),
    });
    const long = behind.end - behind.first - 1;
    assert.ok(tokens.length <= 512 - params.maxTokens && tokens.length > 440, `${tokens.length} tokens`);
    assert.ok(long > 0.15 * 500 && long <= 0.25 * 500, `${long} tokens behind`);
    assert.ok(truncation);
    assert.ok(after.endsWith('\n') && lines(300).startsWith(after));
    // What one of them does not need, the other has.
    const short = preparePrompt(model, { ...params, text: 'x = ', suffix: lines(300) });
    assert.ok(short.behind.end - short.behind.first > 0.6 * 500);
    assert.equal(short.truncation, null);
  });

  it('says where every token stands in the text that comes of it', async () => {
    const result = await generate(model, asked);
    assert.equal(result.after, suffix);
    assert.ok(result.text.length > 0);
    placed(result);
    assert.equal(result.generated.at(-1)?.end, above.length + result.text.length);
  });

  it('goes on from another token inside the gap', async () => {
    const result = await generate(model, asked);
    const ids = [...idsOf(result.prompt), ...idsOf(result.generated.slice(0, 2))];
    const { sampling, stopAt, language, maxTokens } = asked;
    const alternative = result.generated[2]!.id;
    const again = await branch(model, {
      ids,
      alternative,
      sampling,
      stopAt,
      language,
      maxTokens: maxTokens - 3,
    });
    // The same token taken by force brings the same text.
    const start = result.generated[1]!.end;
    const text = whole(result).slice(start, above.length + result.text.length);
    assert.ok(text.startsWith(again.text.slice(0, 5)) && again.text.length > 0);
    assert.equal(again.after, suffix);
    const other = whole(result).slice(0, start) + again.text + again.after;
    for (const token of [...again.prompt, ...again.generated].filter(({ special }) => !special)) {
      const bytes = Buffer.from(model.tokenizer.bytesOf(token.id)).toString('utf8');
      assert.equal(other.slice(token.start, token.end), bytes);
    }
  });

  it('is explained with sources on both sides, at their places in the document', async () => {
    const head = '# top\n\n';
    const result = await generate(model, asked);
    const document = head + whole(result);
    const origin = {
      ...{ id: 'r', created: '', document: '', language: 'python' },
      ...{ model: model.info, sampling: null },
    };
    const record = recordOfGeneration(origin, above, head.length, result);
    const { ranges, stale } = anchorsAt(record, record.offset, document);
    assert.ok(!stale.includes(true));
    assert.equal(document.slice(record.offset, record.offset + record.text.length), record.text);
    const explanation = await explain(model, {
      ids: idsOf(record.tokens),
      position: record.first + 1,
      target: null,
      contrast: null,
      verify: true,
    });
    const behind = explanation.sources.filter(
      ({ index }) => ranges[index]!.start >= head.length + above.length,
    );
    const ahead = explanation.sources.filter(({ index }) => ranges[index]!.end <= head.length + above.length);
    assert.ok(behind.some(({ score }) => score !== 0) && ahead.some(({ score }) => score !== 0));
    for (const { index, text, start, end } of explanation.tokens) {
      const { special } = record.tokens[index]!;
      assert.equal(record.tokens[index]!.text, text);
      if (special) continue;
      const range = ranges[index]!;
      const written = model.tokenizer.decode([record.tokens[index]!.id]);
      assert.equal(document.slice(range.start, range.end), written);
      assert.deepEqual([start + head.length, end + head.length], [range.start, range.end]);
    }
    assert.ok(explanation.checks.every(({ holds }) => holds));
    assert.equal(explanation.recall, null);
  });

  it('reads both sides again where a name is changed', async () => {
    const result = await generate(model, asked);
    const ids = [...idsOf(result.prompt), ...idsOf(result.generated)];
    const position = result.prompt.length + 1;
    const changed = await whatIf(model, {
      ids,
      position,
      change: { kind: 'rename', from: 'values', to: 'numbers' },
    });
    assert.notEqual(changed.after.context, changed.before.context);
    const renamed = await generate(model, {
      ...asked,
      text: above.replaceAll('values', 'numbers'),
      suffix: suffix.replaceAll('values', 'numbers'),
    });
    assert.equal(changed.after.context, renamed.prompt.length + 1);
  });

  it('finds the document again from the ids alone', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((piece) => piece.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, text, text, (left, middle, right) => {
        const { tokenizer } = model;
        const [first, gap, last] = [left, middle, right].map((part) => idsOf(tokenizer.encode(part)));
        const { prefix, suffix: mark, middle: write } = fillIds;
        const ids = [1, prefix, ...first!, mark, ...last!, write, ...gap!];
        const decode = (part: readonly number[]) => tokenizer.decode(part);
        assert.equal(decode(ids), decode(first!) + decode(gap!) + decode(last!));
        const tokens = tokenizer.locate(ids);
        assert.deepEqual(idsOf(tokens), ids);
        const inOrder = [...tokens].sort((a, b) => a.start - b.start || a.end - b.end);
        assert.equal(inOrder.at(-1)?.end ?? 0, decode(ids).length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('tokens for filling in the middle', () => {
  const embedded = JSON.parse(readFileSync(join('models', 'whence-code', 'tokenizer.json'), 'utf8'));

  function read(spellings: readonly string[], how: 'added' | 'plain', tokenizerConfig = {}) {
    const tokenizer = structuredClone(embedded);
    spellings.forEach((content, at) => {
      if (how === 'added') tokenizer.added_tokens.push({ id: 4096 + at, content, special: false });
      else tokenizer.model.vocab[content] = 4096 + at;
    });
    return createTokenizer({ config: {}, tokenizer, tokenizerConfig, generationConfig: {} }, 4200, 'm');
  }

  const families: Record<string, readonly string[]> = {
    'Qwen2.5-Coder, CodeGemma, Whence': fillSpellings,
    'StarCoder, Granite': ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
    SantaCoder: ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
    'DeepSeek-Coder': ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
    'Code Llama': ['▁<PRE>', '▁<SUF>', '▁<MID>'],
  };
  for (const [family, spellings] of Object.entries(families)) {
    it(`of ${family}, in a list of their own and among the words`, () => {
      for (const how of ['added', 'plain'] as const) {
        const tokenizer = read(spellings, how);
        assert.deepEqual(tokenizer.fillInMiddle, fillIds);
        assert.ok([4096, 4097, 4098].every((id) => tokenizer.isSpecial(id)));
        const text = `a ${spellings.join(' b ')} c`;
        assert.ok(
          tokenizer.encode(text).every(({ id }) => id < 4096),
          'a text cannot give orders',
        );
      }
    });
  }

  it('by the names that files give them', () => {
    const named = { prefix_token: '<|a|>', suffix_token: '<|b|>', middle_token: '<|c|>' };
    assert.deepEqual(read(['<|a|>', '<|b|>', '<|c|>'], 'added', named).fillInMiddle, fillIds);
    assert.equal(read(['<|a|>', '<|b|>', '<|c|>'], 'added').fillInMiddle, null);
  });

  it('are all three or none', () => {
    assert.equal(read(fillSpellings.slice(0, 2), 'added').fillInMiddle, null);
  });
});
