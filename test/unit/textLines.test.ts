import assert from 'node:assert/strict';
import type { PanelToken } from '../../src/core/panel';
import { foldLines, lineScore, type TextLine, textLines } from '../../src/core/textLines';

/** Tokens with the lines on which they start, from their texts. */
function tokens(...texts: readonly string[]): PanelToken[] {
  let line = 0;
  return texts.map((text, index) => {
    const token = { index, text, line, probability: null, stale: false, special: text.startsWith('<|') };
    line += text.split('\n').length - 1;
    return token;
  });
}

function shown(lines: readonly TextLine[]): string[] {
  return lines.map(({ line, pieces }) => `${line}:${pieces.map(({ text }) => text).join('')}`);
}

describe('lines of text in the panels', () => {
  it('cuts tokens at line breaks and keeps indentation on the line it indents', () => {
    const lines = textLines(tokens('def', ' f', ':\n    ', 'return', '\n\n', 'x'));
    assert.deepEqual(shown(lines), ['0:def f:', '1:    return', '3:x']);
  });

  it('takes a CRLF for one line break', () => {
    assert.deepEqual(shown(textLines(tokens('a\r\n', 'b'))), ['0:a', '1:b']);
  });

  it('counts the score of a token on the line where it starts', () => {
    const lines = textLines(tokens('a', '\n  ', 'b'));
    const scores = new Map([
      [0, 1],
      [1, 2],
      [2, 4],
    ]);
    assert.deepEqual(
      lines.map((line) => lineScore(line, scores)),
      [3, 4],
    );
  });

  it('keeps a special token whole', () => {
    const [line] = textLines(tokens('<|py|>', 'x'));
    assert.deepEqual(
      line!.pieces.map(({ special }) => special),
      [true, false],
    );
  });

  it('folds what lies between the lines that matter, but never a single line, and keeps the last', () => {
    const lines = textLines(tokens(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap((name) => [name, '\n'])));
    const strong = lines[3]!.starts[0]!;
    const folded = foldLines(
      lines,
      new Map([
        [strong, 2],
        [lines[5]!.starts[0]!, 0.1],
      ]),
    );
    assert.deepEqual(
      folded.map((row) => ('folded' in row ? `fold of ${row.folded.length}` : row.line)),
      ['fold of 3', 3, 'fold of 2', 6],
    );
    const two = foldLines(
      lines,
      new Map([
        [strong, 2],
        [lines[5]!.starts[0]!, -1],
      ]),
    );
    assert.deepEqual(
      two.map((row) => ('folded' in row ? `fold of ${row.folded.length}` : row.line)),
      ['fold of 3', 3, 4, 5, 6],
    );
  });
});
