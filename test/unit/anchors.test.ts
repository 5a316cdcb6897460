import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Anchored,
  type Anchors,
  anchorsAt,
  movedAnchors,
  revalidatedAnchors,
  type TextChange,
} from '../../src/core/anchors';
import type { Token } from '../../src/core/text';

/** Splits a text at given places into tokens; a special token stands before them. */
function anchored(text: string, cuts: readonly number[]): Anchored {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort(
    (a, b) => a - b,
  );
  const tokens: Token[] = [{ id: 0, text: '', special: true, start: 0, end: 0 }];
  for (let i = 0; i + 1 < at.length; i++) {
    tokens.push({
      id: 1,
      text: text.slice(at[i], at[i + 1]),
      special: false,
      start: at[i]!,
      end: at[i + 1]!,
    });
  }
  return { text, tokens };
}

function edited(text: string, changes: readonly TextChange[]): string {
  return [...changes]
    .sort((a, b) => b.start - a.start)
    .reduce((now, change) => now.slice(0, change.start) + change.text + now.slice(change.end), text);
}

/** What would undo the changes. */
function inverse(text: string, changes: readonly TextChange[]): TextChange[] {
  let shift = 0;
  return [...changes]
    .sort((a, b) => a.start - b.start)
    .map((change) => {
      const start = change.start + shift;
      shift += change.text.length - (change.end - change.start);
      return { start, end: start + change.text.length, text: text.slice(change.start, change.end) };
    });
}

const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', '🙂'), maxLength: 30 });

const scene = fc
  .record({
    before: words,
    text: words.filter((text) => text !== ''),
    behind: words,
    cuts: fc.array(fc.nat(), { maxLength: 8 }),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(), words), { minLength: 1, maxLength: 4 }),
  })
  .map(({ before, text, behind, cuts, edits }) => {
    const document = before + text + behind;
    const ends = edits
      .flatMap(([a, b]) => [a % (document.length + 1), b % (document.length + 1)])
      .sort((a, b) => a - b);
    const changes = edits.map(([, , inserted], i) => ({
      start: ends[2 * i]!,
      end: ends[2 * i + 1]!,
      text: inserted,
    }));
    // Two insertions at one place have no order that the event tells: one of them is enough.
    const distinct = changes.filter((change, i) => i === 0 || change.start > changes[i - 1]!.end);
    const held = anchored(text, cuts);
    return { document, held, anchors: anchorsAt(held, before.length, document), changes: distinct };
  });

function written(held: Anchored, i: number): string {
  return held.text.slice(held.tokens[i]!.start, held.tokens[i]!.end);
}

/** Every fresh token reads in the document as it was written, in order, and no other claims its text. */
function assertTrue(held: Anchored, anchors: Anchors, document: string): void {
  let last = 0;
  held.tokens.forEach((token, i) => {
    const range = anchors.ranges[i]!;
    ok(range.start <= range.end && range.start >= 0, 'a range is a range');
    if (token.special) return;
    if (anchors.stale[i]) {
      ok(range.end <= document.length, 'a stale range lies in the document');
      return;
    }
    equal(document.slice(range.start, range.end), written(held, i));
    ok(range.start >= last, 'tokens keep their order');
    last = range.end;
  });
}

/** The document with [fresh] and {stale} tokens. */
function rendered(anchors: Anchors, document: string): string {
  let out = '';
  let last = 0;
  anchors.ranges.forEach((range, i) => {
    if (range.start === range.end) return;
    const text = document.slice(range.start, range.end);
    out += document.slice(last, range.start) + (anchors.stale[i] ? `{${text}}` : `[${text}]`);
    last = range.end;
  });
  return out + document.slice(last);
}

describe('anchors of a record', () => {
  const held = anchored('total = 0', [5, 8]);
  const document = 'x = 1\ntotal = 0\ny = 2\n';
  const anchors = anchorsAt(held, 6, document);
  const now = (changes: TextChange[]) => {
    const text = edited(document, changes);
    return rendered(movedAnchors(held, anchors, changes, document, text), text);
  };

  it('hold where they were made', () => {
    equal(rendered(anchors, document), 'x = 1\n[total][ = ][0]\ny = 2\n');
  });

  it('move with what is typed before them and stay with what is typed behind', () => {
    equal(now([{ start: 0, end: 0, text: '# note\n' }]), '# note\nx = 1\n[total][ = ][0]\ny = 2\n');
    equal(now([{ start: 21, end: 22, text: ' + 3' }]), 'x = 1\n[total][ = ][0]\ny = 2 + 3');
  });

  it('leave out what is typed between two tokens', () => {
    equal(now([{ start: 11, end: 11, text: ': int' }]), 'x = 1\n[total]: int[ = ][0]\ny = 2\n');
  });

  it('become stale where their text changes, and only there', () => {
    equal(now([{ start: 7, end: 9, text: '' }]), 'x = 1\n{tal}[ = ][0]\ny = 2\n');
    equal(now([{ start: 14, end: 15, text: '12' }]), 'x = 1\n[total][ = ]{12}\ny = 2\n');
    equal(now([{ start: 9, end: 12, text: 'm' }]), 'x = 1\n{totm}{= }[0]\ny = 2\n');
  });

  it('survive an edit that replaces more than it changes', () => {
    const whole = { start: 0, end: document.length, text: document.replace('y = 2', 'y = 3') };
    equal(now([whole]), 'x = 1\n[total][ = ][0]\ny = 3\n');
  });

  it('take several changes of one edit, in any order', () => {
    const changes = [
      { start: 16, end: 17, text: 'z' },
      { start: 0, end: 1, text: 'first' },
      { start: 6, end: 11, text: 'sum' },
    ];
    equal(now(changes), 'first = 1\n{sum}[ = ][0]\nz = 2\n');
  });

  it('are found again when the whole text was deleted and brought back', () => {
    const gone = movedAnchors(held, anchors, [{ start: 0, end: 22, text: '' }], document, '');
    ok(gone.stale.every((stale, i) => stale === i > 0));
    const back = movedAnchors(held, gone, [{ start: 0, end: 0, text: document }], '', document);
    deepEqual(back.stale, anchors.stale);
    deepEqual(back.ranges, anchors.ranges);
  });

  it('find a text that moved while the document was closed, and give up one that changed', () => {
    const moved = `# licence\n${document}`;
    equal(
      rendered(revalidatedAnchors(held, anchors, moved), moved),
      '# licence\nx = 1\n[total][ = ][0]\ny = 2\n',
    );
    const other = 'x = 1\nsum = [0]\ny = 2\n';
    const lost = revalidatedAnchors(held, anchors, other);
    ok(held.tokens.every((token, i) => token.special || lost.stale[i]));
  });

  it('keep tokens that hold parts of one character together', () => {
    const parts: Anchored = {
      text: '🙂!',
      tokens: [
        { id: 1, text: '\ufffd', special: false, start: 0, end: 2 },
        { id: 2, text: '\ufffd', special: false, start: 0, end: 2 },
        { id: 3, text: '!', special: false, start: 2, end: 3 },
      ],
    };
    const at = anchorsAt(parts, 0, '🙂!');
    deepEqual(at.stale, [false, false, false]);
    const gone = movedAnchors(parts, at, [{ start: 0, end: 2, text: '' }], '🙂!', '!');
    deepEqual(gone.stale, [true, true, false]);
    const back = movedAnchors(parts, gone, [{ start: 0, end: 0, text: '🙂' }], '!', '🙂!');
    deepEqual(back, at);
  });

  it('are never wrong about a fresh token, whatever is edited', () => {
    fc.assert(
      fc.property(scene, ({ document, held, anchors, changes }) => {
        assertTrue(held, anchors, document);
        const now = edited(document, changes);
        assertTrue(held, movedAnchors(held, anchors, changes, document, now), now);
      }),
      { numRuns: 2000 },
    );
  });

  it('are all fresh as long as no edit touches them', () => {
    fc.assert(
      fc.property(scene, ({ document, held, anchors, changes }) => {
        const outside = changes.filter((change) =>
          anchors.ranges.every((range) => change.end <= range.start || change.start >= range.end),
        );
        const now = edited(document, outside);
        const moved = movedAnchors(held, anchors, outside, document, now);
        ok(!moved.stale.includes(true));
      }),
      { numRuns: 2000 },
    );
  });

  it('are what they were after an edit and its undo, where no two characters are the same', () => {
    const distinct = (length: number, first: number) =>
      String.fromCharCode(...Array.from({ length }, (_, i) => first + i));
    fc.assert(
      fc.property(scene, (drawn) => {
        const document = distinct(drawn.document.length, 0x4e00);
        const at = drawn.anchors.ranges[1]!.start;
        const cuts = drawn.held.tokens.map((token) => token.end);
        const held = anchored(document.slice(at, at + drawn.held.text.length), cuts);
        const anchors = anchorsAt(held, at, document);
        const changes = drawn.changes.map((change, i) => ({
          ...change,
          text: distinct(change.text.length, 0x6000 + 100 * i),
        }));
        const now = edited(document, changes);
        const moved = movedAnchors(held, anchors, changes, document, now);
        const back = movedAnchors(held, moved, inverse(document, changes), now, document);
        deepEqual(back.stale, anchors.stale);
        // The special token is nowhere; where it goes among what is typed around it does not matter.
        deepEqual(back.ranges.slice(1), anchors.ranges.slice(1));
      }),
      { numRuns: 2000 },
    );
  });
});
