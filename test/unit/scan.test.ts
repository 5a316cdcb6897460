import { deepEqual, equal, match } from 'node:assert/strict';
import type { WhenceRecord } from '../../src/core/record';
import { scanSpots } from '../../src/core/scan';

/** Tokens with the probability of each, and of the best other one. */
type Row = readonly [text: string, probability: number, rival?: readonly [text: string, probability: number]];

function record(context: string, rows: readonly Row[]): WhenceRecord {
  const all: Row[] = [[context, 1], ...rows];
  let at = 0;
  const tokens = all.map(([text], id) => {
    const start = at;
    at += text.length;
    return { id, text, special: false, start, end: at };
  });
  return {
    text: all.map(([text]) => text).join(''),
    offset: 0,
    language: 'python',
    tokens,
    first: 1,
    statistics: rows.map(([, probability, rival], i) => ({
      logit: 0,
      probability,
      rank: 1,
      entropy: 1,
      alternatives: [
        { id: i + 1, text: rows[i]![0], probability },
        ...(rival ? [{ id: 1000, text: rival[0], probability: rival[1] }] : []),
      ],
    })),
  } as unknown as WhenceRecord;
}

/** As if the record were of the whole document. */
const spotsIn = (whole: WhenceRecord) => scanSpots(whole, whole.text);
const kinds = (context: string, rows: readonly Row[]) =>
  spotsIn(record(context, rows)).map(({ kind, indices }) => [kind, ...indices]);

describe('what a scan marks', () => {
  it('a word where another one of a different meaning was as likely', () => {
    const spots = spotsIn(
      record('x = a', [
        [' +', 0.4, [' -', 0.35]],
        [' b', 0.9, [' c', 0.05]],
      ]),
    );
    deepEqual(
      spots.map(({ kind, indices }) => [kind, ...indices]),
      [['torn', 1]],
    );
    match(spots[0]!.sentence, /^Torn: the model gave ‘\+’ 0\.40 and ‘-’ 0\.35\.$/);
  });

  it('nothing where the rival is space, style, the same word begun, too weak or far behind', () => {
    deepEqual(kinds('x = a', [[' b', 0.4, ['\n', 0.4]]]), []);
    deepEqual(kinds('x = a', [[' (', 0.4, [' [', 0.4]]]), []);
    deepEqual(kinds('x = a', [[' item', 0.4, [' items', 0.4]]]), []);
    deepEqual(kinds('x = a', [[' b', 0.1, [' c', 0.1]]]), []);
    deepEqual(kinds('x = a', [[' b', 0.6, [' c', 0.2]]]), []);
  });

  it('nothing behind the first token of a word, and nothing in a comment', () => {
    deepEqual(
      kinds('x = a', [
        [' pri', 0.9],
        ['ces', 0.4, ['ority', 0.4]],
      ]),
      [],
    );
    deepEqual(kinds('# say', [[' this', 0.4, [' that', 0.4]]]), []);
  });

  it('a name that is called, stands nowhere above and that the model gave little', () => {
    const invented: readonly Row[] = [
      ['.', 0.9],
      ['frob', 0.02],
      ['nicate', 0.5],
      ['()', 0.9],
    ];
    const spots = spotsIn(record('import os\nos', invented));
    equal(spots[0]!.name, 'frobnicate');
    deepEqual(
      spots.map(({ kind, indices }) => [kind, ...indices]),
      [['unsupported', 2, 3]],
    );
    match(spots[0]!.sentence, /^Not supported: ‘frobnicate’ is used as a member/);
  });

  it('no name that stands above, is the program’s own or was expected', () => {
    const rows = (probability: number): readonly Row[] => [
      ['.', 0.9],
      ['frob', probability],
      ['()', 0.9],
    ];
    deepEqual(kinds('import os\nos', rows(0.5)), []);
    deepEqual(kinds('from os import frob\nos', rows(0.01)), []);
    deepEqual(kinds('def a(self):\n    self', rows(0.01)), []);
    equal(kinds('import os\nos', rows(0.01)).length, 1);
  });

  it('no name of the language’s library, of the program’s own files, or that is made elsewhere in the document', () => {
    const member = (name: string): readonly Row[] => [
      ['.', 0.9],
      [name, 0.01],
      ['()', 0.9],
    ];
    deepEqual(kinds('import os\nos', member('listdir')), []);
    equal(kinds('import os\nos', member('forEach')).length, 1, 'of another language’s library');

    const all = record('import os\nos', member('frob'));
    equal(scanSpots(all, `${all.text}\nos.frob(2)\n`).length, 1, 'used the same way again');
    for (const rest of ['def frob(): pass', 'thing.x = frob', 'self.frob = 1'])
      deepEqual(scanSpots(all, `${all.text}\n${rest}\n`), [], rest);
    const later = { ...all, offset: 12 };
    deepEqual(scanSpots(later, `frob = None\n${all.text}`), [], 'above what the model read');

    const imported: readonly Row[] = [
      [' frob', 0.01],
      ['\n', 0.9],
    ];
    deepEqual(kinds('from .shop import', imported), []);
    equal(kinds('from shop import', imported).length, 1);
    const braces = record('import {', [
      [' frob', 0.01],
      [' }', 0.9],
      [" from './shop';", 0.9],
    ]);
    deepEqual(spotsIn(braces), []);
  });
});
