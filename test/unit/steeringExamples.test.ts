import { deepEqual, equal, ok } from 'node:assert/strict';
import { exampleSheet, readExampleSheet, splitExamples } from '../../src/core/steeringExamples';
import { shareOfStream, showStrength, strengthOfShare } from '../../src/core/steeringWords';

describe('examples for a steering vector', () => {
  it('are read from a sheet as people fill it in, line ends of any kind', () => {
    const sheet = 'What this is.\n\n=== Toward\na\n  b\n---\nc \n\n=== Away\nd\n---\n\n---\ne\n';
    const expected = { toward: ['a\n  b', 'c \n'], away: ['d', 'e'] };
    deepEqual(readExampleSheet(sheet), expected);
    const windows = readExampleSheet(sheet.replaceAll('\n', '\r\n'));
    deepEqual(windows?.away, expected.away);
    equal(readExampleSheet('=== Toward\na\n'), null);
    equal(readExampleSheet('x === Toward\n=== Away\n'), null);
    deepEqual(readExampleSheet('=== Toward\n=== Away\n'), { toward: [], away: [] });
  });

  it('come with ones to try, in the language of the document', () => {
    for (const [language, end] of [
      ['python', 'raise'],
      ['typescript', 'throw'],
      ['cobol', 'raise'],
    ] as const) {
      const examples = readExampleSheet(exampleSheet(language));
      ok(examples && examples.toward.length === examples.away.length);
      for (const text of examples.toward) ok(text.endsWith(` ${end}`), text);
    }
  });

  it('are apart where a line says ---, and nowhere else', () => {
    deepEqual(splitExamples('a\n---\nb'), ['a', 'b']);
    deepEqual(splitExamples('a --- b\n----\nc'), ['a --- b\n----\nc']);
  });
});

describe('strengths in words', () => {
  it('are times, and against the stream', () => {
    deepEqual([2, -0.5, 1 / 3].map(showStrength), ['2×', '−0.5×', '0.333×']);
    const vector = { values: [3, 4], streamLength: 20 } as unknown as Parameters<typeof shareOfStream>[0];
    equal(shareOfStream(vector, -2), '50% of the stream’s length');
    equal(strengthOfShare(vector, -0.35), -1.4);
  });
});
