import { deepEqual, equal, match, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { anchorsAt } from '../../src/core/anchors';
import { WhenceError } from '../../src/core/errors';
import { isExplainable, recordOfGeneration, recordTitle, type WhenceRecord } from '../../src/core/record';
import { parseAnchors, parseRecord, writeAnchors } from '../../src/core/recordFile';

const statistics = {
  logit: 1,
  probability: 0.5,
  rank: 1,
  entropy: 2,
  alternatives: [{ id: 7, text: 'x', probability: 0.5 }],
};

/** `x = ` was sent from offset 10 of a document; the model read it again from ` =` on and wrote ` = 1` and a line end. */
const record: WhenceRecord = recordOfGeneration(
  {
    id: 'r1',
    created: '2026-01-01T00:00:00Z',
    document: 'file:///a.py',
    language: 'python',
    model: { id: 'm', sha256: 'ab', architecture: 'LlamaForCausalLM', parameters: 1, precision: 'fp32' },
    sampling: null,
  },
  'y\nx = ',
  10,
  {
    prompt: [
      { id: 1, text: '<|py|>', special: true, start: 0, end: 0 },
      { id: 2, text: 'x', special: false, start: 2, end: 3 },
    ],
    generated: [
      { id: 3, text: ' = ', special: false, start: 3, end: 6, statistics },
      { id: 4, text: '1', special: false, start: 6, end: 7, statistics },
      { id: 5, text: '\n', special: false, start: 7, end: 8, statistics },
    ],
    text: '1\n',
    after: '',
    constrained: { start: 3, end: 6 },
    stop: 'line',
    truncation: { characters: 2, tokens: 2 },
  },
);

describe('a record', () => {
  it('keeps the text from its first token on, and where that stood', () => {
    equal(record.text, 'x = 1\n');
    equal(record.offset, 12);
    deepEqual(record.asked, { start: 4, end: 6 });
    deepEqual(
      record.tokens.map((token) => record.text.slice(token.start, token.end)),
      ['', 'x', ' = ', '1', '\n'],
    );
  });

  it('explains what the model gave a probability, the read-again part included', () => {
    deepEqual(
      record.tokens.map((_, index) => isExplainable(record, index)),
      [false, false, true, true, true],
    );
  });

  it('is called by what was written', () => {
    equal(recordTitle(record), '1');
    equal(recordTitle({ ...record, asked: { start: 5, end: 6 } }), '(blank text)');
  });

  it('comes back from its file as it was', () => {
    deepEqual(parseRecord(JSON.stringify(record)), record);
    const steered = { ...record, steering: { name: 'none', layer: 1, strength: -2 } };
    deepEqual(parseRecord(JSON.stringify(steered)), steered);
    const anchors = anchorsAt(record, 12, '0123456789y\nx = 2\n');
    deepEqual(parseAnchors(writeAnchors(anchors), record.tokens.length), anchors);
  });

  it('is refused with a reason when its file is damaged', () => {
    const refused = (change: object, reason: RegExp) =>
      throws(
        () => parseRecord(JSON.stringify({ ...record, ...change })),
        (error) => error instanceof WhenceError && error.code === 'storage' && reason.test(error.message),
      );
    throws(() => parseRecord('{'), /no JSON/);
    refused({ schemaVersion: 2 }, /version is 2, not 1/);
    refused({ text: undefined }, /has no text/);
    refused({ kind: 'dreamt' }, /kind is unknown/);
    refused({ model: null }, /names no model/);
    refused({ asked: { start: 3, end: 99 } }, /asked for is damaged/);
    refused({ tokens: [{ ...record.tokens[1], end: 99 }] }, /tokens are damaged/);
    refused({ statistics: [{ ...statistics, alternatives: [{ id: 1 }] }] }, /statistics are damaged/);
    refused({ first: 0 }, /do not fit/);
    throws(() => parseAnchors(writeAnchors(anchorsAt(record, 12, '')), 3), /should have 6 offsets/);
  });

  it('never makes the reader fall over, whatever is in the file', () => {
    const values = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const keys = fc.constantFrom(...Object.keys(record));
    fc.assert(
      fc.property(keys, values, (key, value) => {
        const text = JSON.stringify({ ...record, [key]: value });
        try {
          const read = parseRecord(text);
          for (const index of read.tokens.keys()) isExplainable(read, index);
          recordTitle(read);
          anchorsAt(read, read.offset, 'any document');
        } catch (error) {
          match(String(error), /^WhenceError: The stored record cannot be read/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
