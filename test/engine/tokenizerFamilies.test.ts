import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/engine/checkpoint/json';
import { createTokenizer } from '../../src/engine/checkpoint/tokenizer';

const fixtures = join('test', 'fixtures', 'tokenizers');
const small = read('small.json') as {
  texts: Record<string, string>;
  kinds: Record<string, { tokenizer: JsonObject; ids: readonly (readonly number[])[] }>;
};
const real = read('real.json') as {
  models: Record<string, { sha256: string; ids: Record<string, string>; marked: string }>;
};
const texts = Object.entries(small.texts);

/**
 * Files of this kind leave the space before a text out where the text begins with one. It is always put here: else two texts
 * would have the same tokens, and the places of one of them could not be told.
 */
const spacedOnce = (tokenizer: JsonObject) =>
  (tokenizer.pre_tokenizer as { type?: string } | null)?.type === 'Metaspace';

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(fixtures, name), 'utf8'));
}

function hashed(ids: readonly number[]): string {
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16);
}

function tokenizerOf(tokenizer: JsonObject) {
  return createTokenizer({ config: {}, tokenizer, tokenizerConfig: {}, generationConfig: {} }, 1 << 20, 'm');
}

describe('tokenizers of every family give the ids of the reference', function () {
  this.timeout(120_000);

  it('for code in ten languages, scripts, emoji, control characters', () => {
    assert.equal(texts.filter(([name]) => name.startsWith('code: ')).length, 10);
    assert.ok(Object.keys(small.kinds).length >= 5);
  });

  for (const [kind, { tokenizer, ids }] of Object.entries(small.kinds)) {
    it(kind, () => {
      const ours = tokenizerOf(tokenizer);
      for (const [at, [name, text]] of texts.entries()) {
        if (spacedOnce(tokenizer) && text.startsWith(' ')) continue;
        const tokens = ours.encode(text);
        assert.deepEqual(
          tokens.map(({ id }) => id),
          ids[at],
          name,
        );
        assert.equal(tokens.at(-1)?.end ?? 0, text.length, name);
      }
    });
  }

  /** Vocabularies of published models, 2 to 33 MB each, which no test fetches: docs/exactness.md says how. */
  const folder = process.env.WHENCE_TOKENIZERS ?? join('.cache', 'tokenizers');
  for (const [model, expected] of Object.entries(real.models)) {
    const file = join(folder, model, 'tokenizer.json');
    if (!existsSync(file)) {
      console.log(`  The tokenizer of ${model} is not tested: there is no ${file} (docs/exactness.md).`);
      continue;
    }
    it(`${model}, as published`, () => {
      const bytes = readFileSync(file);
      assert.equal(createHash('sha256').update(bytes).digest('hex'), expected.sha256, 'another file');
      const tokenizer = JSON.parse(bytes.toString('utf8')) as JsonObject;
      const ours = tokenizerOf(tokenizer);
      const apart = texts.filter(([name, text]) => {
        if (spacedOnce(tokenizer) && text.startsWith(' ')) return false;
        return hashed(ours.encode(text).map(({ id }) => id)) !== expected.ids[name];
      });
      assert.deepEqual(
        apart.map(([name]) => name),
        [],
      );
      // What a chat template made is read with its marks.
      assert.equal(hashed(ours.encodeMarked(small.texts.marks!)), expected.marked);
    });
  }
});
