import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WhenceError } from '../../src/core/errors';
import { ByteReader, ByteWriter } from '../../src/core/partIndex/bytes';
import { indexLimits, type RawIndex } from '../../src/core/partIndex/format';
import { checkOwner } from '../../src/core/partIndex/owner';
import { IndexFile } from '../../src/core/partIndex/read';
import { attended } from '../../src/core/partIndex/types';
import { writeIndex } from '../../src/core/partIndex/write';

const model = {
  id: 'tiny',
  sha256: 'a'.repeat(64),
  architecture: 'X',
  parameters: 9,
  precision: 'fp32' as const,
};

/** An index of one layer with a head and two neurons; values that a byte holds exactly. */
function rawIndex(): RawIndex {
  const window = (start: number, peak: number, values: readonly number[]) => ({ start, peak, values });
  return {
    header: {
      model,
      layers: 1,
      heads: 1,
      neurons: 2,
      corpus: { name: 'test', sha256: 'b'.repeat(64), files: 1, texts: 2, tokens: 12 },
      files: ['a 😀 ü.py'],
      shares: [0.5],
    },
    texts: [
      { file: 0, ids: Int32Array.from([7, 1, 300, 70000, 2, 9]) },
      { file: 0, ids: Int32Array.from([5, 5, 5, 5, 5, 5]) },
    ],
    neuron: (_, index) => ({
      mean: 0.5,
      min: -1,
      max: index === 0 ? 127 : 0,
      quantiles: [0.25],
      promotes: [{ id: 3, effect: 2 }],
      suppresses: [],
      sides: [
        { sign: -1, frequency: 0.125, contexts: [{ text: 0, line: 12, ...window(1, 3, [0, -64, -127]) }] },
      ],
    }),
    head: () => ({
      scores: { previous: 1, duplicate: 0, induction: 0.5, copying: -0.5, roles: ['previous', 'induction'] },
      attention: attended.map((_, kind) => ({ share: kind / 16, chance: 0.125 })),
      entropy: 1.5,
      contexts: [
        {
          text: 0,
          line: 3,
          strength: 2.5,
          ...window(4, 5, [0, 127]),
          read: window(2, 2, [127]),
          promotes: [{ id: 70000, effect: 1 }],
        },
      ],
    }),
  };
}

describe('the file of an index', () => {
  it('gives back what was written, and quotes only what contexts need', () => {
    const raw = rawIndex();
    const file = new IndexFile(writeIndex(raw));
    assert.deepEqual(file.header, { version: 1, ...raw.header });
    for (const index of [0, 1]) assert.deepEqual(file.neuron(0, index), raw.neuron(0, index));
    assert.deepEqual(file.head(0, 0), raw.head(0, 0));
    assert.equal(file.fileOf(0), 'a 😀 ü.py');
    assert.deepEqual(file.idsOf(0, raw.neuron(0, 0).sides[0]!.contexts[0]!), [1, 300, 70000]);
    assert.deepEqual(file.idsOf(0, { start: 0, peak: 0, values: [0] }), [-1]);
  });

  it('is the same for the same index', () => {
    assert.deepEqual(writeIndex(rawIndex()), writeIndex(rawIndex()));
  });

  it('is refused with a sentence when it is damaged, wherever that is, and never hangs', () => {
    const whole = writeIndex(rawIndex());
    const readAll = (bytes: Uint8Array) => {
      const file = new IndexFile(bytes);
      const { layers, heads, neurons } = file.header;
      for (let layer = 0; layer < layers; layer++) {
        for (let head = 0; head < heads; head++) file.head(layer, head);
        for (let neuron = 0; neuron < neurons; neuron++) file.neuron(layer, neuron);
      }
    };
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => readAll(whole.slice(0, length)), {
        name: 'WhenceError',
        code: 'bad-input',
        message: /(no index|damaged).* Make the index again/,
      });
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = whole.slice();
        bytes[at] = byte;
        try {
          readAll(bytes);
        } catch (thrown) {
          assert.ok(thrown instanceof WhenceError && thrown.code === 'bad-input', String(thrown));
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  const withHeader = (change: (header: Record<string, unknown>) => unknown): Uint8Array => {
    const whole = writeIndex(rawIndex());
    const reader = new ByteReader(whole, 4);
    const header = reader.json(1e6) as Record<string, unknown>;
    const writer = new ByteWriter();
    writer.raw(whole.subarray(0, 4));
    writer.json(change(header));
    writer.raw(whole.subarray(reader.at));
    return writer.bytes;
  };

  it('is refused when it is of another version, or beyond a limit', () => {
    const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ version: 2 }, /has version 2 of the format, and Whence reads version 1/],
      [{ layers: indexLimits.layers + 1 }, /layers is no whole number up to 1000/],
      [{ neurons: -1 }, /neurons is no whole number/],
      [{ layers: 1000, neurons: indexLimits.neurons }, /more than 4194304 parts/],
      [{ files: Array(indexLimits.files + 1).fill('a') }, /files are no list of at most 10000/],
      [{ shares: [2] }, /shares are not between 0 and 1/],
      [{ model: { ...model, sha256: 'x' } }, /model.sha256 is no sha-256/],
      [{ corpus: null }, /corpus is missing/],
    ];
    for (const [change, message] of cases) {
      const bytes = withHeader((header) => ({ ...header, ...change }));
      assert.throws(() => new IndexFile(bytes), { code: 'bad-input', message });
    }
    assert.throws(() => new IndexFile(withHeader(() => null)), { code: 'bad-input' });
  });

  it('belongs to one model', () => {
    const file = new IndexFile(writeIndex(rawIndex()));
    checkOwner(file, model);
    assert.throws(() => checkOwner(file, { ...model, id: 'big', sha256: 'c'.repeat(64) }), {
      code: 'bad-input',
      message: /was made of the model tiny and says nothing about big: make it again/,
    });
    assert.throws(() => checkOwner(file, { ...model, sha256: 'c'.repeat(64) }), /other files of tiny/);
  });

  it('holds whole numbers of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1)), (values) => {
        const writer = new ByteWriter();
        for (const value of values) writer.count(value);
        const reader = new ByteReader(writer.bytes);
        assert.deepEqual(
          values.map(() => reader.count(2 ** 31)),
          values,
        );
      }),
    );
  });
});
