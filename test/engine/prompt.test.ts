import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { WhenceError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { openTokenizer } from '../../src/engine/checkpoint/tokenizer';
import type { Tokenizer } from '../../src/engine/model';
import { tokenIndex } from '../../src/engine/run/constraint';
import { fitText, type Prompt, preparePrompt } from '../../src/engine/run/prompt';

const contextLength = 512;

describe('prompt', function () {
  this.timeout(20_000);
  let tokenizer: Tokenizer;
  before(async () => {
    tokenizer = await openTokenizer(await openCheckpoint(join('models', 'whence-code')), 4096);
  });

  function prepare(text: string, maxTokens = 32, language: string | null = 'python'): Prompt {
    const info = { contextLength } as Parameters<typeof preparePrompt>[0]['info'];
    return preparePrompt({ tokenizer, info }, { text, language, maxTokens });
  }

  function constrainedText(text: string): string {
    const { constrained } = prepare(text);
    return text.slice(constrained.start, constrained.end);
  }

  it('begins with the language’s tag and goes on with the text', () => {
    const { tokens, truncation } = prepare('x == ');
    assert.deepEqual(tokens[0], { id: 1, text: '<|py|>', start: 0, end: 0, special: true });
    assert.deepEqual(
      tokens.slice(1, 2).map(({ text, start, end }) => [text, start, end]),
      [['x', 0, 1]],
    );
    assert.equal(truncation, null);
  });

  it('backs up to the start of the word, over several tokens if need be', () => {
    assert.deepEqual(
      tokenizer.encode('retu').map(({ text }) => text),
      ['ret', 'u'],
      'not a word of several tokens',
    );
    assert.equal(constrainedText('def f(x):\n    retu'), 'retu');
  });

  it('backs up over a space that a word would bring along', () => {
    assert.equal(constrainedText('return '), ' ');
  });

  it('backs up over indentation that could be deeper', () => {
    assert.equal(constrainedText('if x:\n    '), '    ');
  });

  it('does not back up where no token could go on', () => {
    const { constrained, rest, tokens } = prepare('f(x)');
    assert.equal(tokens.at(-1)?.text, ')');
    assert.deepEqual([constrained, rest.length], [{ start: 4, end: 4 }, 0]);
  });

  it('covers the text once: prompt tokens, then the bytes to be spelled again', () => {
    const anyText = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.constantFrom('😀', '\ud83d', ' retu', '    ', '\n', 'self.', '"'),
      ),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(anyText, (pieces) => {
        const text = pieces.join('').replaceAll('\0', '') || 'x';
        const { tokens, constrained, rest } = prepare(text);
        const bytes = Buffer.concat([...tokens.map(({ id }) => tokenizer.bytesOf(id)), rest]);
        assert.equal(bytes.toString('utf8'), Buffer.from(text, 'utf8').toString('utf8'));
        assert.equal(tokens.at(-1)?.end, constrained.start);
        assert.equal(constrained.end, text.length);
      }),
      { numRuns: 300 },
    );
  });

  it('cuts a text that is too long at the start of a line, and says what it left out', () => {
    const lines = Array.from({ length: 400 }, (_, i) => `value_${i} = compute(${i})\n`);
    const text = lines.join('');
    const { tokens, truncation } = prepare(text, 32);
    assert.ok(tokens.length <= contextLength - 32 && tokens.length > 0.7 * contextLength);
    assert.ok(truncation);
    assert.equal(text[truncation.characters - 1], '\n');
    assert.equal(tokens[1]?.start, truncation.characters);
    assert.deepEqual([tokens[0]?.start, tokens[0]?.end], [truncation.characters, truncation.characters]);
    assert.equal(truncation.tokens, tokenizer.encode(text.slice(0, truncation.characters)).length);
  });

  it('cuts a line that is too long at a character', () => {
    const text = '😀'.repeat(2000);
    const { tokens, truncation } = prepare(text);
    assert.ok(truncation && truncation.characters % 2 === 0);
    assert.ok(tokens.length <= contextLength && tokens[1]?.start === truncation.characters);
    assert.ok(
      !tokenizer.decode(tokens.map(({ id }) => id)).includes('\ufffd'),
      'a piece of a character is left',
    );
  });

  it('leaves at least half of the context to the text, however many tokens are wanted', () => {
    const { tokens } = prepare('word '.repeat(2000), 100_000);
    assert.ok(tokens.length > 0.4 * contextLength && tokens.length <= contextLength / 2);
  });

  it('reads only the end of 2 MB', async () => {
    const text = 'total = total + value  # and so on\n'.repeat(60_000);
    assert.ok(text.length > 2_000_000);
    const counting = await openTokenizer(await openCheckpoint(join('models', 'whence-code')), 4096);
    const encode = counting.encode.bind(counting);
    let read = 0;
    counting.encode = (part) => {
      read += part.length;
      return encode(part);
    };
    const { tokens, truncation } = fitText(counting, text, 'python', contextLength);
    assert.ok(read < 20 * contextLength, `${read} characters were read`);
    const perLine = tokenizer.encode(text.slice(0, 35)).length;
    const lines = truncation!.characters / 35;
    assert.ok(Math.abs(truncation!.tokens / (lines * perLine) - 1) < 0.01, 'the estimate is far off');
    assert.equal(tokens.at(-1)?.end, text.length);
    assert.equal(prepare(text).tokens.at(-1)?.end, text.length - 1, 'the last newline could become two');
  });

  it('reads 2 MB without a line', () => {
    const { tokens, truncation } = prepare(' '.repeat(2_000_000));
    assert.ok(truncation && tokens.length > 1);
  });

  it('refuses an empty document', () => {
    assert.throws(
      () => prepare(''),
      new WhenceError(
        'bad-input',
        'There is no text before the cursor, so there is nothing to continue. Write a first line.',
      ),
    );
  });

  it('refuses binary text', () => {
    assert.throws(
      () => prepare('MZ\u0090\0\u0003'),
      new WhenceError(
        'bad-input',
        'This looks like a binary file: it holds zero bytes, which no source code has. Choose a text file.',
      ),
    );
  });

  it('takes lone surrogates for replacement characters', () => {
    const text = 'a = "\ud83d';
    const { tokens, rest } = prepare(text);
    const bytes = Buffer.concat([...tokens.map(({ id }) => tokenizer.bytesOf(id)), rest]);
    assert.equal(bytes.toString('utf8'), 'a = "\ufffd');
  });

  it('fits a text exactly where there is just enough room', () => {
    const text = 'a = b\nc = d\n';
    const needed = tokenizer.encode(text).length + 1;
    assert.equal(fitText(tokenizer, text, 'python', needed).truncation, null);
    assert.deepEqual(fitText(tokenizer, text, 'python', needed - 1).truncation, {
      characters: 1,
      tokens: 1,
    });
  });

  it('refuses a model in whose context no text fits', () => {
    for (const room of [0, 1]) {
      assert.throws(
        () => fitText(tokenizer, 'a = b', 'python', room),
        (error) => error instanceof WhenceError && /room for \d tokens.* no text fits\./.test(error.message),
      );
    }
  });
});

describe('token index', () => {
  it('finds the tokens that can spell given bytes, and no others', async () => {
    const tokenizer = await openTokenizer(await openCheckpoint(join('models', 'whence-code')), 4096);
    const index = tokenIndex(tokenizer);
    const rest = Buffer.from('return');
    const found = new Set(index.spelling(rest));
    for (let id = 0; id < tokenizer.vocabularySize; id++) {
      const own = Buffer.from(tokenizer.bytesOf(id)).toString('latin1');
      const fits = own !== '' && (own.startsWith('return') || 'return'.startsWith(own));
      assert.equal(found.has(id), fits, JSON.stringify(own));
    }
    assert.ok(index.extends(Buffer.from('retur')));
    assert.ok(!index.extends(Buffer.from('q q')));
    assert.ok([...found].every((id) => index.all.includes(id)));
  });
});
