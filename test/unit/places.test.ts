import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { Lines, withPlainLineEnds } from '../../src/core/places';

describe('places in a text', () => {
  it('are the same whatever the line ends are', () => {
    equal(withPlainLineEnds('a\r\nb\rc\nd'), 'a\nb\nc\nd');
  });

  it('turn into offsets and back', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '🙂'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.nat(60), (whole, at) => {
        const lines = new Lines(whole);
        const offset = Math.min(at, whole.length);
        const place = lines.placeAt(at);
        equal(lines.offsetAt(place), offset);
        const before = whole.slice(0, offset).split('\n');
        deepEqual(place, { line: before.length - 1, character: before.at(-1)!.length });
        equal(lines.count, whole.split('\n').length);
        equal(lines.textOf(place.line), whole.split('\n')[place.line]);
      }),
    );
  });

  it('beyond the text are its end, and beyond a line the line’s end', () => {
    const lines = new Lines('ab\nc');
    equal(lines.offsetAt({ line: 0, character: 9 }), 2);
    equal(lines.offsetAt({ line: 7, character: 0 }), 4);
    equal(lines.offsetAt({ line: -1, character: 3 }), 0);
    equal(lines.textOf(5), '');
    deepEqual(lines.linesOf({ start: 0, end: 3 }), { first: 0, last: 0 });
    deepEqual(lines.linesOf({ start: 1, end: 4 }), { first: 0, last: 1 });
  });
});
