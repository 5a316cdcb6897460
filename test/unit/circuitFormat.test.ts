import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatCircuit } from '../../src/core/circuitFile/format';
import { lex, quoted } from '../../src/core/circuitFile/lexer';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { keywords } from '../../src/core/circuitFile/words';
import { everything } from './support/circuitText';

/** Pieces of the language, right and wrong, and the spaces between them. */
const piece = fc.oneof(
  fc.constantFrom(
    ...keywords,
    'L3H2',
    'L1MLP',
    'name',
    '0.5',
    '-2',
    ',',
    ':',
    '# comment',
    '"""\n  a\n    b\n  """',
  ),
  fc.string({ unit: 'binary' }).map(quoted),
  fc.constantFrom(' ', '  ', '\n', '\n\n\n', '\r\n', '\t'),
);
const anyText = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

/** What a text says: its pieces without where they stand. */
const said = (text: string) =>
  lex(text).lexemes.flatMap(({ kind, value }) => (kind === 'newline' ? [] : [`${kind} ${value.trimEnd()}`]));

describe('formatting a circuit file', () => {
  it('puts spaces, indentation and empty lines right', () => {
    const untidy =
      '\n\ncircuit   "A  b"#why\n\n\n  slot a :"1" ,\n\n"2"\nprompt """\n   x\n     {a}\n  """\n\n';
    assert.equal(
      formatCircuit(untidy),
      'circuit "A  b"  #why\n\nslot a: "1",\n\n  "2"\nprompt """\n   x\n     {a}\n  """\n',
    );
  });

  it('leaves alone what is tidy, and what cannot be cut into words', () => {
    assert.equal(formatCircuit(everything), everything);
    assert.equal(formatCircuit('circuit  "a'), 'circuit  "a');
    assert.equal(formatCircuit(''), '');
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = formatCircuit(text);
        assert.equal(formatCircuit(once), once);
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing that is said', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const formatted = formatCircuit(text);
        assert.deepEqual(said(formatted), said(text));
        assert.equal(parseCircuit(formatted).diagnostics.length, parseCircuit(text).diagnostics.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('reading any text', () => {
  it('ends, with mistakes that lie in it, or with a file', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { file, diagnostics } = parseCircuit(text);
        assert.equal(file === null, diagnostics.length > 0);
        for (const { start, end, message } of diagnostics) {
          assert.ok(start >= 0 && start <= end && end <= text.length);
          assert.match(message, /[.]$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives back every text that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(lex(quoted(text)).lexemes[0]!.value, text);
      }),
    );
  });
});
