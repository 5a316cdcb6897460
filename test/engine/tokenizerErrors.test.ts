import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { WhenceError } from '../../src/core/errors';
import type { JsonObject } from '../../src/engine/checkpoint/json';
import { createTokenizer } from '../../src/engine/checkpoint/tokenizer';

const embedded: JsonObject = JSON.parse(readFileSync('models/whence-code/tokenizer.json', 'utf8'));
const rows = 4096;

/** Opens such a file, for an embedding of so many rows. */
function refusable(tokenizer: JsonObject, size: number) {
  return createTokenizer({ config: {}, tokenizer, tokenizerConfig: {}, generationConfig: {} }, size, 'wrong');
}

function failure(act: () => unknown): WhenceError {
  try {
    act();
  } catch (thrown) {
    assert.ok(thrown instanceof WhenceError, String(thrown));
    return thrown;
  }
  assert.fail('nothing was thrown');
}

describe('a tokenizer that does not fit', () => {
  const cases: readonly (readonly [string, JsonObject, number, RegExp])[] = [
    [
      'a vocabulary larger than the embedding',
      embedded,
      4000,
      /number 40\d\d, but the model knows only 4000/,
    ],
    ['no vocabulary', { ...embedded, model: {} }, rows, /holds no vocabulary and merges/],
    ['merges of unknown tokens', withModel({ merges: ['Q ZZZ'] }), rows, /merges tokens that are not in/],
    [
      'a normalizer that changes the text',
      { ...embedded, normalizer: { type: 'Lowercase' } },
      rows,
      /changes the text/,
    ],
    [
      'a normalizer that nobody knows',
      { ...embedded, normalizer: { type: 'Rot13' } },
      rows,
      /parts that Whence does not/,
    ],
    ['a token without a number', withModel({ vocab: { a: 'b' } }), rows, /number b/],
    ['missing bytes', withModel({ vocab: { a: 5 }, merges: [] }), rows, /no token for some bytes/],
    ['two tokens of one number', withModel({ vocab: { a: 5, b: 5 }, merges: [] }), rows, /same number/],
    ['a malformed list', { ...embedded, added_tokens: [{ id: 1 }] }, rows, /malformed list/],
    [
      'a pattern that takes longer than anybody lives',
      splitBy(`^(?:(?:.|\\s)*)*${'x'.repeat(9)}$`),
      rows,
      /takes so long to split a text that it is of no use/,
    ],
    [
      'a replacement that no memory holds',
      { ...embedded, normalizer: { type: 'Replace', pattern: { Regex: '' }, content: 'x'.repeat(1 << 24) } },
      rows,
      /has rules that cannot be applied to a text/,
    ],
  ];

  function withModel(change: JsonObject): JsonObject {
    return { ...embedded, model: { ...(embedded.model as JsonObject), ...change } };
  }

  function splitBy(Regex: string): JsonObject {
    const { pre_tokenizer: bytes } = embedded;
    const split = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
    return { ...embedded, pre_tokenizer: { type: 'Sequence', pretokenizers: [split, bytes] } };
  }

  for (const [name, tokenizer, size, sentence] of cases) {
    it(`is refused: ${name}`, () => {
      const error = failure(() => refusable(tokenizer, size));
      assert.equal(error.code, 'tokenizer-mismatch');
      assert.match(error.message, sentence);
      assert.match(error.message, /`wrong`.*Fetch the model again, or choose another one\.$/);
    });
  }

  it('is refused as unsupported: a kind that cannot be traced back', () => {
    const error = failure(() => refusable(withModel({ type: 'Unigram' }), rows));
    assert.equal(error.code, 'model-unsupported');
    assert.match(error.message, /\(Unigram\)/);
  });
});
