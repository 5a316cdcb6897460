import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import type { JsonObject } from '../../src/engine/checkpoint/json';
import { createTokenizer, openTokenizer } from '../../src/engine/checkpoint/tokenizer';
import { utf8, wellFormed } from '../../src/engine/checkpoint/utf8';
import type { Tokenizer } from '../../src/engine/model';

const folder = join('models', 'whence-code');
const embedded: JsonObject = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
const rows = 4096;
const runs = 1000;

/** Any UTF-16, what code is made of, and characters that byte-level tokens split. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        '\r\n',
        '\t',
        '    ',
        '\n\n',
        '\u0000',
        '\ud83d',
        '\udc00',
        '\ufeff',
        'é',
        'e\u0301',
        '한',
        '▁',
      ),
      fc.constantFrom(
        '😀',
        '👩‍👩‍👧',
        '🇩🇪',
        '𝒳',
        '<|py|>',
        '<|endoftext|>',
        '<s>',
        '<0x0A>',
        '-->',
        'def f(x):',
        ' return ',
      ),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''));

function files(tokenizer: JsonObject, tokenizerConfig: JsonObject = {}, config: JsonObject = {}) {
  return { config, tokenizer, tokenizerConfig, generationConfig: {} };
}

/** A vocabulary of the SentencePiece kind: 256 bytes, the printable characters, and a few merges. */
function byteFallback(): JsonObject {
  const vocab: Record<string, number> = { '<unk>': 0, '<s>': 1, '</s>': 2 };
  const add = (piece: string) => {
    vocab[piece] ??= Object.keys(vocab).length;
  };
  for (let byte = 0; byte < 256; byte++) add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  for (let point = 0x21; point < 0x7f; point++) add(String.fromCodePoint(point));
  add('▁');
  const merges = [
    ['r', 'e'],
    ['▁', '▁'],
    ['▁', 're'],
    ['▁▁', '▁▁'],
  ];
  for (const pair of merges) add(pair.join(''));
  return {
    added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, special: true })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A' } }],
    },
    decoder: null,
    model: { type: 'BPE', byte_fallback: true, fuse_unk: true, unk_token: '<unk>', vocab, merges },
  };
}

function assertCovers(tokenizer: Tokenizer, text: string): void {
  const tokens = tokenizer.encode(text);
  let reached = 0;
  for (const { start, end, special, id } of tokens) {
    assert.ok(!special, `special token ${id} from plain text`);
    assert.ok(start <= reached && reached <= end, `a gap at ${reached} in ${JSON.stringify(text)}`);
    reached = end;
  }
  assert.equal(reached, text.length);
}

function bytesOf(tokenizer: Tokenizer, text: string): string {
  return Buffer.concat(tokenizer.encode(text).map(({ id }) => tokenizer.bytesOf(id))).toString('hex');
}

function hex(text: string): string {
  return Buffer.from(utf8(text)).toString('hex');
}

describe('tokenizer of the embedded model', function () {
  this.timeout(60_000);
  let tokenizer: Tokenizer;
  before(async () => {
    tokenizer = await openTokenizer(await openCheckpoint(folder), rows);
  });

  it('spells any text: the tokens’ bytes are its UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => assert.equal(bytesOf(tokenizer, text), hex(wellFormed(text)))),
      { numRuns: runs },
    );
  });

  it('covers any text in order', () => {
    fc.assert(
      fc.property(anyText, (text) => assertCovers(tokenizer, text)),
      { numRuns: runs },
    );
  });

  it('finds the tokens again from their ids', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = tokenizer.encode(text);
        const ids = tokens.map(({ id }) => id);
        assert.deepEqual(tokenizer.locate(ids), tokens);
        assert.equal(tokenizer.decode(ids), wellFormed(text));
      }),
      { numRuns: runs },
    );
  });

  it('gives tokens that hold part of a character the range of that character', () => {
    const tokens = tokenizer.encode('a😀b');
    const parts = tokens.filter(({ start, end }) => start === 1 && end === 3);
    assert.ok(parts.length > 1, 'the emoji is one token: choose a rarer one');
    assert.ok(parts.every(({ text }) => text === '\ufffd'));
    assert.deepEqual(
      [tokens[0], tokens.at(-1)].map((token) => [token?.text, token?.start, token?.end]),
      [
        ['a', 0, 1],
        ['b', 3, 4],
      ],
    );
  });

  it('reads the spelling of a special token as plain text', () => {
    const tokens = tokenizer.encode('x = "<|py|>"<|endoftext|>');
    assert.ok(tokens.every(({ special, id }) => !special && !tokenizer.isSpecial(id)));
    assert.equal(tokens.map(({ text }) => text).join(''), 'x = "<|py|>"<|endoftext|>');
  });

  it('gives special tokens in a list of ids an empty range, a name and no bytes', () => {
    const [tag, first] = tokenizer.locate([
      ...tokenizer.prefix('python'),
      ...tokenizer.encode('def').map(({ id }) => id),
    ]);
    assert.deepEqual(tag, { id: 1, text: '<|py|>', start: 0, end: 0, special: true });
    assert.deepEqual([first?.text, first?.start, first?.end], ['def', 0, 3]);
    assert.equal(tokenizer.bytesOf(1).length, 0);
  });

  it('puts the language’s tag before a text, the nearest one where there is none', () => {
    const tags = ['python', 'typescript', 'typescriptreact', 'javascript', 'rust', 'yaml', 'plaintext', null];
    assert.deepEqual(
      tags.map((language) => tokenizer.prefix(language)),
      [[1], [2], [2], [2], [2], [1], [1], [1]],
    );
    assert.deepEqual([...tokenizer.endOfText], [0]);
  });

  it('names ids that no token has', () => {
    assert.equal(tokenizer.textOf(99_999), '<unused 99999>');
    assert.equal(tokenizer.vocabularySize, rows);
  });

  it('reads 2 MB in time proportional to their length', () => {
    const line = readFileSync(join('src', 'engine', 'model.ts'), 'utf8');
    const time = (length: number) => {
      const text = line.repeat(Math.ceil(length / line.length)).slice(0, length);
      const started = performance.now();
      tokenizer.encode(text);
      return performance.now() - started;
    };
    time(100_000);
    const [short, long] = [time(200_000), time(2_000_000)];
    assert.ok(long < 40 * short, `${short.toFixed()} ms for 0.2 MB, ${long.toFixed()} ms for 2 MB`);
  });
});

describe('tokenizer kinds', function () {
  this.timeout(60_000);
  it('places byte-fallback tokens, with the space put before the text taking no room', () => {
    const tokenizer = createTokenizer(files(byteFallback()), 512, 'tiny');
    const tokens = tokenizer.encode('re  re\né');
    assert.deepEqual(
      tokens.map(({ text, start, end }) => [text, start, end]),
      [
        [' re', 0, 2],
        ['  ', 2, 4],
        ['re', 4, 6],
        ['\n', 6, 7],
        ['\ufffd', 7, 8],
        ['\ufffd', 7, 8],
      ],
    );
    assert.deepEqual(tokenizer.locate(tokens.map(({ id }) => id)), tokens);
    assert.deepEqual(tokenizer.prefix('python'), [1]);
  });

  it('puts no space before text that stands behind other text', () => {
    const tokenizer = createTokenizer(files(byteFallback()), 1000, 'm');
    const first = (tokens: readonly { text: string }[]) => tokens.map(({ text }) => text).join('');
    assert.equal(first(tokenizer.encode('re')), ' re');
    assert.deepEqual(
      tokenizer.encodeBehind('re').map(({ text, start, end }) => [text, start, end]),
      [['re', 0, 2]],
    );
  });

  it('covers any text with byte-fallback tokens and finds them again', () => {
    const tokenizer = createTokenizer(files(byteFallback()), 512, 'tiny');
    fc.assert(
      fc.property(anyText, (text) => {
        assertCovers(tokenizer, text);
        const tokens = tokenizer.encode(text);
        assert.deepEqual(tokenizer.locate(tokens.map(({ id }) => id)), tokens);
      }),
      { numRuns: runs },
    );
  });

  it('places tokens of a text that is composed first', () => {
    const tokenizer = createTokenizer(files({ ...embedded, normalizer: { type: 'NFC' } }), rows, 'composing');
    fc.assert(
      fc.property(anyText, (text) => assertCovers(tokenizer, text)),
      { numRuns: runs },
    );
    const marked = tokenizer.encode('xe\u0301y').filter(({ start, end }) => start === 1 && end === 3);
    assert.ok(marked.length > 0);
    assert.equal(bytesOf(tokenizer, 'xe\u0301y'), hex('xéy'));
  });

  it('keeps added tokens that are text, and treats fill-in-the-middle marks as control', () => {
    const added = [
      ...(embedded.added_tokens as object[]),
      { id: 4096, content: '\t\t\t', special: false },
      { id: 4097, content: '<|fim_prefix|>', special: false },
    ];
    const tokenizer = createTokenizer(files({ ...embedded, added_tokens: added }), 5000, 'added');
    assert.deepEqual(
      tokenizer
        .encode('\t\t\tx<|fim_prefix|>')
        .map(({ id }) => id)
        .filter((id) => id >= 4096),
      [4096],
    );
    assert.ok(tokenizer.isSpecial(4097));
  });

  it('splits by Unicode’s white space and digits, as the reference does', () => {
    const words = (pre_tokenizer: JsonObject, text: string) =>
      createTokenizer(files({ ...embedded, pre_tokenizer }), rows, 'split')
        .encode(text)
        .map((token) => token.text);
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
    // U+0085 is white space, U+FEFF is not; JavaScript has it the other way round.
    assert.deepEqual(words(byteLevel, 'a  \u0085b').slice(0, 2), ['a', '  ']);
    assert.deepEqual(words(byteLevel, 'a  \ufeffb').slice(0, 3), ['a', ' ', ' ']);
    const digits = {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel],
    };
    assert.deepEqual(words(digits, '  \u0663').slice(0, 1), ['  ']);
  });

  it('takes added text tokens that the vocabulary has too as the vocabulary spells them', () => {
    const file = byteFallback();
    const { vocab } = file.model as { vocab: Record<string, number> };
    const added = [...(file.added_tokens as object[]), { id: vocab['▁▁'], content: '▁▁', special: false }];
    const tokenizer = createTokenizer(files({ ...file, added_tokens: added }), 512, 'tiny');
    assert.equal(tokenizer.textOf(vocab['▁▁']!), '  ');
    assertCovers(tokenizer, 'a  b');
  });

  it('leaves out bytes that its vocabulary lacks, as SmolLM2 lacks some control characters', () => {
    const { model } = embedded as { model: { vocab: Record<string, number>; merges: unknown[] } };
    // GPT-2's letter for the byte 4.
    const letter = String.fromCodePoint(0x104);
    const vocab = Object.fromEntries(
      Object.entries(model.vocab).filter(([token]) => !token.includes(letter)),
    );
    const merges = model.merges.filter((merge) => !String(merge).includes(letter));
    const tokenizer = createTokenizer(
      files({ ...embedded, model: { ...model, vocab, merges } }),
      rows,
      'lacking',
    );
    const tokens = tokenizer.encode('x\u0000y\u0004z');
    assert.equal(tokenizer.decode(tokens.map(({ id }) => id)), 'x\u0000yz');
    assert.equal(tokens.at(-1)?.end, 5);
    assert.ok(tokens.every(({ start, end }) => start >= 4 || end <= 3));
  });

  it('takes the beginning-of-text token from the configuration where it says so', () => {
    const config = { bos_token: { content: '<s>' }, eos_token: '</s>' };
    const prefix = (tokenizerConfig: JsonObject) =>
      createTokenizer(files(byteFallback(), tokenizerConfig), 512, 'tiny').prefix(null);
    assert.deepEqual(prefix({ ...config, add_bos_token: false }), []);
    assert.deepEqual(prefix({ ...config, add_bos_token: true }), [1]);
    const ends = createTokenizer(
      files(byteFallback(), config, { eos_token_id: [1, 7] }),
      512,
      'tiny',
    ).endOfText;
    assert.deepEqual([...ends].sort(), [1, 2], 'token 7 is text, so it ends nothing');
  });
});
