import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Segment, scoredUnits, textSegments, unitsOf } from '../../src/core/granularity';

/** A text cut into tokens at random places, some of them empty as special tokens are. */
const cuts = fc
  .tuple(
    fc.string({ unit: fc.constantFrom('a', 'b', '_', ' ', '\n', '.', '('), maxLength: 80 }),
    fc.array(fc.nat(80), { maxLength: 30 }),
  )
  .map(([text, places]) => {
    const at = [0, ...places.map((place) => Math.min(place, text.length)), text.length].sort((a, b) => a - b);
    const tokens = at.slice(1).map((end, index) => ({ index, start: at[index]!, end }));
    return { text, tokens };
  });

const scores = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 32, maxLength: 32 });

/** Disjoint segments of several ranges each. */
const segmentsIn = (length: number) =>
  fc.array(fc.tuple(fc.nat(length), fc.nat(3)), { maxLength: 20 }).map((marks) => {
    const places = [...new Set(marks.map(([place]) => place))].sort((a, b) => a - b);
    const groups = new Map<number, { start: number; end: number }[]>();
    places.slice(1).forEach((end, index) => {
      const group = marks[index]![1];
      groups.set(group, [...(groups.get(group) ?? []), { start: places[index]!, end }]);
    });
    return [...groups.values()].map((ranges): Segment => ({ ranges }));
  });

describe('granularity', () => {
  it('puts every token into exactly one unit, whatever the segments are, so that sums still add up', () => {
    const cases = cuts.chain((cut) => segmentsIn(cut.text.length).map((segments) => ({ ...cut, segments })));
    fc.assert(
      fc.property(cases, scores, ({ text, tokens, segments }, values) => {
        const sources = tokens.map(({ index }) => ({ index, score: values[index % 32]! }));
        for (const given of [segments, ...Object.values(textSegments(text))]) {
          const units = scoredUnits(unitsOf(tokens, given, text), sources);
          const members = units.flatMap((unit) => unit.tokens).sort((a, b) => a - b);
          assert.deepEqual(
            members,
            tokens.map(({ index }) => index),
          );
          const sum = (scored: readonly { score: number }[]) =>
            scored.reduce((all, { score }) => all + score, 0);
          assert.ok(Math.abs(sum(units) - sum(sources)) < 1e-9);
        }
      }),
    );
  });

  const text = 'def total(x):\n    return x + 1\n\n\nprint(total(2))\n';
  const tokensOf = (parts: readonly string[]) => {
    let end = 0;
    return parts.map((part, index) => {
      const start = end;
      end += part.length;
      return { index, start, end };
    });
  };

  it('joins the tokens of a name, with the white space before them, and leaves signs alone', () => {
    const tokens = tokensOf(['def', ' to', 'tal', '(', 'x', '):\n', '    return']);
    const units = unitsOf(tokens, textSegments(text).identifier, text);
    assert.deepEqual(
      units.map((unit) => unit.tokens),
      [[0], [1, 2], [3], [4], [5], [6]],
    );
    assert.deepEqual(units[1]!.ranges, [{ start: 3, end: 9 }]);
  });

  it('knows lines, and blocks of lines, without a grammar', () => {
    const { line, block } = textSegments(text);
    const shown = ({ ranges }: Segment) => ranges.map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(line.flatMap(shown), [
      'def total(x):\n',
      '    return x + 1\n',
      '\n',
      '\n',
      'print(total(2))\n',
    ]);
    assert.deepEqual(block.flatMap(shown), ['def total(x):\n    return x + 1\n', 'print(total(2))\n']);
  });

  it('gives a token over two lines to the one that holds more than its line end', () => {
    const tokens = tokensOf(['def total(x)', ':\n    return', ' x']);
    const units = unitsOf(tokens, textSegments(text).line, text);
    assert.deepEqual(
      units.map((unit) => unit.tokens),
      [[0], [1, 2]],
    );
  });

  it('keeps tokens that are no text, such as the one at the beginning, by themselves', () => {
    const units = unitsOf(
      [
        { index: 0, start: 0, end: 0 },
        { index: 1, start: 0, end: 3 },
      ],
      textSegments(text).line,
      text,
    );
    assert.deepEqual(
      units.map((unit) => unit.tokens),
      [[0], [1]],
    );
  });
});
