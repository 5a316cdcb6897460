import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AuditEntry, AuditHeader } from '../../src/core/audit/journal';
import { methodBlocks } from '../../src/core/audit/method';
import { entryOf, headerOf, journalLimits } from '../../src/engine/audit/journalLines';

const header: AuditHeader = {
  kind: 'audit',
  version: 1,
  software: { whence: '0', onnxruntime: '0', platform: 'test' },
  model: {
    id: 'model',
    sha256: '0'.repeat(64),
    architecture: 'LlamaForCausalLM',
    parameters: 10,
    precision: 'fp32',
  },
  settings: { cases: 3, explained: 2, seed: 1 },
  sample: { name: 'bundled', sha256: '1'.repeat(64), texts: 8, tokens: 90 },
  shard: { part: 1, of: 3 },
  parts: ['L0H0', 'L0 MLP'],
  files: [{ name: 'a.audit', text: 'audit "A"', prompts: [{ text: 'x', language: null }], controls: [] }],
};
const claims = [['matches', 'output', 'compares']] as const;
const side = { text: 'x', ids: [1, 2], values: [true, 0.5, -1] };
const carried = { total: 1, parts: [0.5, 0.25], pieces: [['line 1', 0.5]] as const };
const entries: readonly AuditEntry[] = [
  { kind: 'pair', file: 0, pair: 1, probe: side, control: side },
  { kind: 'explained', file: 0, finding: 0, pair: 1, probe: carried, control: carried },
  { kind: 'ablated', file: 0, finding: 1, pair: 1, top: false, random: true },
  { kind: 'ablated', file: 0, finding: 2, pair: 1, top: 0.5, random: -1 },
  { kind: 'ordinary', parts: ['L0H0'], loss: 2 },
];

/** Every place in a value, as a path of keys. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

function withAt(value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown {
  if (key === undefined) return put;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = withAt(copy[key], rest, put);
  return copy;
}

describe('lines of an audit’s journal', () => {
  it('are read as they were written', () => {
    assert.deepEqual(headerOf(JSON.stringify(header), 'a'), header);
    for (const entry of entries) assert.deepEqual(entryOf(JSON.stringify(entry), header, claims), entry);
  });

  it('that no audit writes are refused, with what is wrong', () => {
    const wrong = (field: string, more: object) =>
      assert.throws(() => headerOf(JSON.stringify({ ...header, ...more }), 'journal'), {
        code: 'bad-input',
        message: new RegExp(`^journal does not begin .*what it says of its ${field} cannot be`),
      });
    const { settings, sample } = header;
    wrong('shard', { shard: { part: 1, of: 2 ** 40 } });
    wrong('shard', { shard: { part: 1, of: journalLimits.shards + 1 } });
    wrong('settings', { settings: { ...settings, explained: '1 <b>' } });
    wrong('settings', { settings: { ...settings, explained: 1e6 } });
    wrong('settings', { settings: { ...settings, cases: 0 } });
    wrong('settings', { settings: { ...settings, seed: null } });
    wrong('sample', { sample: { ...sample, texts: '**8**' } });
    wrong('software', { software: { whence: 1 } });
    wrong('model', { model: { id: 'a', sha256: 'b' } });
    wrong('files', { files: [{ name: 'a' }] });
  });

  it('say of a pattern whether it is found, of a measure a number', () => {
    const read = (entry: unknown) => entryOf(JSON.stringify(entry), header, claims);
    assert.equal(read({ ...entries[0], probe: { ...side, values: [1, 0.5, -1] } }), null);
    assert.equal(read({ ...entries[0], probe: { ...side, values: [true, true, -1] } }), null);
    assert.equal(read({ ...entries[3], top: true }), null);
    assert.equal(read({ ...entries[2], top: 1 }), null);
    assert.equal(entryOf('{"kind":"ordinary","parts":[],"loss":1e999}', header, claims), null);
  });

  it('never make the reader fall over, whatever is in them', () => {
    const any = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.integer(),
      fc.constantFrom(2 ** 32, 1e300, -0.5, [], {}, [[]], [null]),
    );
    const lines = [header, ...entries];
    const changed = fc
      .constantFrom(...lines.flatMap((line, at) => placesIn(line).map((place) => ({ at, place }))))
      .chain(({ at, place }) =>
        any.map((put) => ({ at, text: JSON.stringify(withAt(lines[at], place, put)) })),
      );
    fc.assert(
      fc.property(changed, ({ at, text = '' }) => {
        if (at > 0) {
          entryOf(text, header, claims);
          return;
        }
        try {
          const read = headerOf(text, 'journal');
          methodBlocks({ ...read, schemaVersion: 1, audits: [] });
          Array.from({ length: read.shard?.of ?? 0 });
        } catch (error) {
          assert.match(String(error), /^WhenceError: journal does not begin as a journal/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
