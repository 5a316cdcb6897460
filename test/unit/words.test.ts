import { deepEqual, equal } from 'node:assert/strict';
import { placesOf, wordAround } from '../../src/core/whatIf';
import { isName, tokenWords, wordsIn } from '../../src/core/words';

describe('the words of a text', () => {
  const around = (text: string, piece: string) => {
    const start = text.indexOf(piece);
    const found = wordAround(text, { start, end: start + piece.length });
    return found && text.slice(found.start, found.end);
  };

  it('are found around a stretch of it, behind symbols of two UTF-16 units too', () => {
    equal(around('self.total = 1', 'ota'), 'total');
    equal(around('😀foo', '😀foo'), 'foo');
    equal(around('x = "😀" + price', '" + pri'), 'price');
    equal(around('name_of($a)', 'of('), 'name_of');
    equal(around('a + b', ' + '), null);
    equal(around('a(b)', '('), null);
  });

  it('are of letters of any script', () => {
    equal(around('let 𝑥𝑦 = 1', '𝑦'), '𝑥𝑦');
    equal(around('größe = 2', 'ö'), 'größe');
    deepEqual(
      wordsIn('😀 𝑥1, $a_b').map(({ start, end }) => [start, end]),
      [
        [3, 6],
        [8, 12],
      ],
    );
    deepEqual(
      placesOf('x', 'x 𝑥x x𝑥 (x)').map(({ start }) => start),
      [0, 11],
    );
    deepEqual([isName('𝑥'), isName('a$1'), isName('1a'), isName('')], [true, true, false, false]);
  });

  it('are spelt by tokens in a row', () => {
    const tokens = ['𝑥', '𝑦', '.', 'to', 'tal', ' x'].map((text, at) => ({ text, start: at, end: at + 1 }));
    deepEqual(
      tokenWords(tokens, tokens.length).map(({ text }) => text),
      ['𝑥𝑦', '.', 'total', 'x'],
    );
  });
});
