import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { type Anchored, anchorsAt, movedAnchors } from '../../src/core/anchors';
import { markNames, marksOf, mostMarks } from '../../src/core/marks';

/** A text of tokens, each a word with a space before it, after a special token. */
function text(words: readonly string[]): Anchored {
  let at = 0;
  const tokens = words.map((word) => {
    const start = at;
    at += word.length;
    return { id: 1, text: word, special: false, start, end: at };
  });
  return { text: words.join(''), tokens: [{ id: 0, text: '', special: true, start: 0, end: 0 }, ...tokens] };
}

const words = ['a', ' = ', 'b', '\n', 'c', ' = ', 'a'];

/** Each mark as `name[text]`, in the order of importance. */
function shown(
  scores: Readonly<Record<number, number>>,
  change?: { start: number; end: number; text: string },
) {
  const held = text(words);
  const before = held.text;
  const after = change ? before.slice(0, change.start) + change.text + before.slice(change.end) : before;
  const first = anchorsAt(held, 0, before);
  const anchors = change ? movedAnchors(held, first, [change], before, after) : first;
  const sources = Object.entries(scores).map(([index, score]) => ({ index: Number(index), score }));
  return [...marksOf(held, anchors, 5, { index: 7, end: 8 }, sources)].flatMap(([name, ranges]) =>
    ranges.map(({ start, end }) => `${name}[${after.slice(start, end)}]`),
  );
}

describe('marks of a token', () => {
  it('are its sources in steps and the token itself', () => {
    deepEqual(shown({ 1: 1, 3: 0.5, 5: 0.1, 6: -0.7 }), [
      'target[a]',
      'source5[a]',
      'against3[ = ]',
      'source3[b]',
      'source1[c]',
    ]);
  });

  it('join neighbours of the same step', () => {
    deepEqual(shown({ 1: 1, 2: 0.9, 3: 0.85 }), ['target[a]', 'source5[a = b]']);
  });

  it('leave weak sources alone', () => {
    deepEqual(shown({ 1: 1, 2: 0.05 }), ['target[a]', 'source5[a]']);
  });

  it('leave out a source whose text was changed, and show generated text that was', () => {
    deepEqual(shown({ 1: 1, 3: 0.9 }, { start: 4, end: 5, text: 'x' }), ['target[a]', 'source5[a]']);
    deepEqual(shown({ 1: 1, 5: 0.9 }, { start: 6, end: 7, text: 'xyz' }), [
      'target[a]',
      'source5[a]',
      'stale[xyz]',
    ]);
  });

  it('are only the token until the sources are known', () => {
    const held = text(words);
    const marks = marksOf(held, anchorsAt(held, 0, held.text), 5, { index: 7, end: 8 }, null);
    equal([...marks.values()].flat().length, 1);
  });

  it('are never too many, never empty and never overlap within a style', () => {
    const scene = fc.record({
      count: fc.integer({ min: 1, max: 3000 }),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(scene, ({ count, seed }) => {
        const held = text(Array.from({ length: count }, (_, i) => (i % 3 === 0 ? ' ' : 'w')));
        const sources = Array.from({ length: count }, (_, index) => ({
          index,
          score: Math.sin(seed * index),
        }));
        const marks = marksOf(
          held,
          anchorsAt(held, 0, held.text),
          count,
          { index: count, end: count + 1 },
          sources,
        );
        ok([...marks.values()].flat().length <= mostMarks);
        ok([...marks.keys()].every((name) => markNames.includes(name)));
        for (const ranges of marks.values()) {
          ranges.forEach((range, i) => {
            ok(range.start < range.end);
            ok(i === 0 || ranges[i - 1]!.end < range.start, 'neighbours are one range');
          });
        }
      }),
      { numRuns: 50 },
    );
  });
});
