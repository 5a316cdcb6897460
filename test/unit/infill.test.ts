import { deepEqual, equal, ok } from 'node:assert/strict';
import { anchorsAt, movedAnchors, suggestedAnchors } from '../../src/core/anchors';
import { segmentOfEach, unitsOf } from '../../src/core/granularity';
import { marksOf } from '../../src/core/marks';
import { recordOfGeneration } from '../../src/core/record';
import { readsAhead, textOrder } from '../../src/core/text';

const statistics = { logit: 1, probability: 0.5, rank: 1, entropy: 2, alternatives: [] };
const special = (text: string, at: number) => ({ id: 0, text, special: true, start: at, end: at });
const token = (text: string, start: number) => ({
  ...{ id: 1, text, special: false },
  ...{ start, end: start + text.length },
});

/** In `a = f(§)\nreturn a` the model read both sides of § and wrote `x, y`. Sent from offset 5 of a document. */
const before = 'a = f(';
const after = ')\nreturn a';
const record = recordOfGeneration(
  {
    ...{ id: 'r', created: '', document: 'file:///a.py', language: 'python', sampling: null },
    model: { id: 'm', sha256: '', architecture: '', parameters: 1, precision: 'fp32' },
  },
  before,
  5,
  {
    prompt: [
      special('<|py|>', 0),
      special('<|fim_prefix|>', 0),
      token('a', 0),
      token(' = ', 1),
      token('f(', 4),
      special('<|fim_suffix|>', 10),
      token(')\n', 10),
      token('return', 12),
      token(' a', 18),
      special('<|fim_middle|>', 6),
    ],
    generated: [token('x,', 6), token(' y', 8)].map((each) => ({ ...each, statistics })),
    ...{ text: 'x, y', after, constrained: { start: 6, end: 6 } },
    ...{ stop: 'end-of-text', truncation: null },
  },
);
const document = `# 12\n${before}x, y${after}\n`;
const shown = (ranges: readonly { start: number; end: number }[], text = document) =>
  ranges.map(({ start, end }) => text.slice(start, end));
const texts = record.tokens.map((each) => (each.special ? '' : each.text));

describe('a record of a gap that was filled in', () => {
  it('keeps the text on both sides, and what was written between them', () => {
    equal(record.text, `${before}x, y${after}`);
    deepEqual(record.asked, { start: 6, end: 10 });
    deepEqual(shown(record.tokens, record.text), texts);
  });

  it('knows which tokens were written with what follows in view', () => {
    ok(readsAhead(record.tokens, 10) && readsAhead(record.tokens, 11) && readsAhead(record.tokens, 12));
    ok(!readsAhead(record.tokens, 4));
    deepEqual(
      textOrder(record.tokens).filter((i) => !record.tokens[i]!.special),
      [2, 3, 4, 10, 11, 6, 7, 8],
    );
  });

  it('stands in the document token by token', () => {
    const { ranges, stale } = anchorsAt(record, record.offset, document);
    deepEqual(shown(ranges), texts);
    ok(!stale.includes(true));
  });

  it('as a suggestion stands on both sides of the cursor, with nothing between', () => {
    const now = `# 12\n${before}${after}\n`;
    const { ranges } = suggestedAnchors(record);
    deepEqual(
      shown(ranges, now),
      texts.map((text, index) => (index < record.first ? text : '')),
    );
  });

  it('follows edits behind the gap, and finds all again when they are undone', () => {
    const anchors = anchorsAt(record, record.offset, document);
    const start = document.indexOf('return');
    const edited = document.replace('return', 'yield');
    const changes = [{ start, end: start + 6, text: 'yield' }];
    const changed = movedAnchors(record, anchors, changes, document, edited);
    deepEqual(changed.stale.map((stale, i) => (stale ? texts[i] : '')).filter(Boolean), ['return']);
    deepEqual(
      shown(changed.ranges, edited).filter((_, i) => !changed.stale[i]),
      texts.filter((_, i) => i !== 7),
    );
    const undone = movedAnchors(
      record,
      changed,
      [{ start, end: start + 5, text: 'return' }],
      edited,
      document,
    );
    deepEqual(undone, anchors);
  });

  it('finds tokens again one by one, beside their neighbours in the text', () => {
    const anchors = anchorsAt(record, record.offset, document);
    const [start, end] = [document.indexOf('x,'), document.indexOf(' a\n')];
    const removed = document.slice(0, start) + document.slice(end);
    const without = movedAnchors(record, anchors, [{ start, end, text: '' }], document, removed);
    deepEqual(
      texts.filter((_, i) => without.stale[i]),
      [')\n', 'return', 'x,', ' y'],
    );
    const text = 'x, y)\nyield';
    const edited = document.slice(0, start) + text + document.slice(end);
    const { ranges, stale } = movedAnchors(record, without, [{ start, end: start, text }], removed, edited);
    deepEqual(
      texts.filter((_, i) => stale[i]),
      ['return'],
    );
    const fresh = texts.map((_, i) => i).filter((i) => !stale[i]);
    deepEqual(
      fresh.map((i) => edited.slice(ranges[i]!.start, ranges[i]!.end)),
      fresh.map((i) => texts[i]),
    );
  });

  it('is marked on both sides of what was asked about', () => {
    const anchors = anchorsAt(record, record.offset, document);
    const sources = [
      { index: 4, score: 1 },
      { index: 6, score: 1 },
      { index: 8, score: 1 },
      { index: 10, score: 1 },
    ];
    const marks = marksOf(record, anchors, record.first, { index: 11, end: 12 }, sources);
    deepEqual(shown(marks.get('target')!), [' y']);
    const sourced = [...marks]
      .filter(([name]) => name.startsWith('source'))
      .flatMap(([, ranges]) => shown(ranges));
    deepEqual(sourced, ['f(x,', ')\n', ' a']);
  });

  it('shares its tokens out among the lines of the document', () => {
    const segments = [{ ranges: [{ start: 0, end: 12 }] }, { ranges: [{ start: 12, end: 20 }] }];
    const tokens = record.tokens.map((each, index) => ({ ...each, index }));
    const lines = segmentOfEach(tokens, segments, record.text);
    deepEqual(
      lines.filter((_, index) => !record.tokens[index]!.special),
      [0, 0, 0, 0, 1, 1, 0, 0],
    );
    const [first] = unitsOf(tokens, segments, record.text).filter(
      ({ tokens: members }) => members.length > 1,
    );
    deepEqual(first, { tokens: [2, 3, 4, 6, 10, 11], ranges: [{ start: 0, end: 12 }] });
  });
});
