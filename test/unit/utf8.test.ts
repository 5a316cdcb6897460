import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printed, read, spell, utf8, wellFormed, wholeLength } from '../../src/engine/checkpoint/utf8';

/** Bytes that are often nearly UTF-8: leads, continuations and whole characters in any order. */
const bytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
      fc
        .constantFrom(0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf)
        .map((byte) => [byte]),
      fc.string({ unit: 'binary', maxLength: 2 }).map((text) => [...utf8(text)]),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Uint8Array.from(pieces.flat()));

describe('UTF-8', () => {
  it('reads bytes as the platform’s decoder does, with the range of every byte', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const { text, starts, ends } = read(input);
        assert.equal(text, new TextDecoder('utf-8', { ignoreBOM: true }).decode(input));
        let reached = 0;
        input.forEach((_, i) => {
          assert.ok(starts[i]! <= reached && reached <= ends[i]!);
          reached = ends[i]!;
        });
        assert.equal(reached, text.length);
      }),
      { numRuns: 5000 },
    );
  });

  it('spells a text so that reading it gives the same ranges', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const text = wellFormed(raw);
        assert.deepEqual(read(spell(text).bytes), spell(text));
      }),
    );
  });

  it('replaces lone surrogates without moving anything', () => {
    assert.equal(wellFormed('a\ud83db\ude00c😀'), 'a\ufffdb\ufffdc😀');
  });

  it('tells whole characters from one that is still coming', () => {
    const whole = utf8('é😀x');
    const lengths = [...whole.keys(), whole.length].map((end) => wholeLength(whole.subarray(0, end)));
    assert.deepEqual(lengths, [0, 0, 2, 2, 2, 2, 6, 7]);
    assert.equal(wholeLength(Uint8Array.of(0x61, 0xff)), 2, 'a byte that begins nothing is not waited for');
    assert.equal(wholeLength(Uint8Array.of(0xe0, 0x80)), 2, 'nor is a sequence that cannot be completed');
  });

  it('never takes back a character once it is whole', () => {
    fc.assert(
      fc.property(bytes, bytes, (first, more) => {
        const kept = first.subarray(0, wholeLength(first));
        assert.ok(read(Uint8Array.of(...first, ...more)).text.startsWith(read(kept).text));
      }),
      { numRuns: 5000 },
    );
  });

  it('prints one mark for the piece of a character at either end', () => {
    const [a, b, c, d] = utf8('😀') as unknown as [number, number, number, number];
    assert.equal(printed(Uint8Array.of(c, d, 0x78, a, b)), '\ufffdx\ufffd');
    assert.equal(printed(Uint8Array.of(b)), '\ufffd');
  });
});
