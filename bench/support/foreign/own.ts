import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { anchorsAt } from '../../../src/core/anchors';
import { roleThresholds } from '../../../src/core/model';
import { evidenceOf } from '../../../src/core/partIndex/evidence';
import { IndexFile } from '../../../src/core/partIndex/read';
import type { WhenceRecord } from '../../../src/core/record';
import { entriesIn, journalIn } from '../../../src/engine/audit/journalFile';
import { hashFile } from '../../../src/engine/checkpoint/hash';
import { keptScores } from '../../../src/engine/explain/headCache';
import { begunAt } from '../../../src/engine/partIndex/checkpoint';
import { RecordStore } from '../../../src/host/records/recordStore';
import { readSealed, writeSealed } from '../../../src/host/wholeFile';
import { damagedJson } from '../damageJson';
import { bytesOf, jsonOf, type Kind, oneOf, put, withMend } from './kind';

const model = {
  ...{ id: 'm', sha256: 'ab'.repeat(32), architecture: 'LlamaForCausalLM', parameters: 1 },
  precision: 'fp32' as const,
};
const statistics = {
  ...{ logit: 1, probability: 0.5, rank: 1, entropy: 2 },
  alternatives: [{ id: 7, text: 'x', probability: 0.5 }],
};
const record: WhenceRecord = {
  ...{ schemaVersion: 1, id: 'r1', created: '2026-01-01T00:00:00Z', kind: 'generated' },
  ...{ document: 'file:///a.py', language: 'python', model, sampling: null, offset: 12, text: 'x = 1' },
  asked: { start: 4, end: 5 },
  tokens: [
    { id: 1, text: '<|py|>', special: true, start: 0, end: 0 },
    { id: 2, text: 'x', special: false, start: 0, end: 1 },
    { id: 3, text: ' = ', special: false, start: 1, end: 4 },
    { id: 4, text: '1', special: false, start: 4, end: 5 },
  ],
  first: 2,
  truncation: { characters: 0, tokens: 0 },
  statistics: [statistics, statistics],
};

const log = { info: () => undefined, warn: () => undefined };

const records: Kind = {
  what: 'record and its places',
  async make(folder) {
    const own = join(folder, 'records');
    await new RecordStore(own, log).save(record, anchorsAt(record, 0, record.text));
    const files = ['r1.record.json', 'r1.anchors.json'].map((name) => join(own, name));
    return oneOf(await Promise.all(files.map((file) => withMend(file, jsonOf))));
  },
  async read(folder) {
    const [found] = await new RecordStore(join(folder, 'records'), log).load();
    return found !== undefined && found.anchors !== null;
  },
};

const header = {
  ...{ kind: 'audit', version: 1, software: { whence: '0', onnxruntime: '0', platform: 'test' }, model },
  settings: { cases: 3, explained: 2, seed: 1 },
  sample: { name: 'bundled', sha256: '1'.repeat(64), texts: 8, tokens: 90 },
  ...{ shard: { part: 1, of: 3 }, parts: ['L0H0', 'L0 MLP'] },
};
const texts = Array.from({ length: 2 }, () => ({ text: 'x = ', language: 'python' }));
const side = { text: 'x', ids: [1, 2], values: [true, 0.5] };
const carried = { total: 1, parts: [0.5, 0.25], pieces: [['line 1', 0.5]] };
const entries = [
  { kind: 'pair', file: 0, pair: 1, probe: side, control: side },
  { kind: 'explained', file: 0, finding: 0, pair: 1, probe: carried, control: carried },
  { kind: 'ablated', file: 0, finding: 0, pair: 1, top: false, random: true },
  { kind: 'ordinary', parts: ['L0H0'], loss: 2 },
];

/** A journal of which one line says something else, or whose bytes are damaged. */
const journal: Kind = {
  what: 'journal of an audit',
  async make(folder) {
    const text = await readFile(join('audits', 'weak-hashes.audit'), 'utf8');
    const files = [{ name: 'a.audit', text, prompts: texts, controls: texts }];
    const lines: readonly object[] = [{ ...header, files }, ...entries];
    const file = await put(
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      folder,
      'journal.jsonl',
    );
    const bytes = await bytesOf(file);
    return async (random) => {
      if (random() < 0.3) return bytes(random);
      const changed = Math.floor(random() * lines.length);
      const written = lines.map((line, at) =>
        at === changed ? damagedJson(line, random).toString('utf8') : JSON.stringify(line),
      );
      const whole = Buffer.from(`${written.join('\n')}\n`);
      await put(whole, file);
      return whole;
    };
  },
  async read(folder) {
    const found = await journalIn(folder);
    if (!found) return false;
    for await (const entry of entriesIn(found)) void entry;
    return true;
  },
};

const hash: Kind = {
  what: 'hash of a file',
  async make(folder) {
    await put('weights', folder, 'weights');
    await hashFile(join(folder, 'weights'), folder);
    const [name] = await readdir(join(folder, 'hashes'));
    return jsonOf(join(folder, 'hashes', name!));
  },
  async read(folder) {
    const sha256 = await hashFile(join(folder, 'weights'), folder);
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${sha256} is no hash`);
    return true;
  },
};

const heads: Kind = {
  what: 'scores of heads',
  async make(folder) {
    const score = { previous: 0.5, duplicate: 0, induction: 1, copying: 0.1, roles: ['induction'] };
    const scores = [0, 1].map((head) => ({ layer: 0, head, ...score }));
    const file = await put(
      JSON.stringify({ version: 1, thresholds: roleThresholds, scores }),
      folder,
      'h.json',
    );
    return jsonOf(file);
  },
  read: async (folder) => (await keptScores(join(folder, 'h.json'), 2)) !== null,
};

const begun: Kind = {
  what: 'index that was begun',
  async make(folder) {
    const request = { name: 'corpus', folders: ['/a'], texts: 100 };
    const line = { version: 1, model: 'ab', request, corpus: 'cd', done: 3, texts: 100 };
    return bytesOf(await put(`${JSON.stringify(line)}\n${'\0'.repeat(64)}`, folder, 'i.begun'));
  },
  read: async (folder) => (await begunAt(join(folder, 'i.begun'))) !== null,
};

/** The index of the embedded model, out of its envelope, whose check sum would keep out most of the damage. */
const index: Kind = {
  what: 'index of parts',
  async make(folder) {
    const whole = gunzipSync(await readFile(join('models', 'whence-code', 'index.whix')));
    return bytesOf(await put(whole, folder, 'i'), 30_000);
  },
  async read(folder) {
    const file = new IndexFile(await readFile(join(folder, 'i')));
    for (const part of ['L0H0', 'L3H1', 'L0N0', 'L2N7']) evidenceOf(file, part, (id) => String(id));
    return true;
  },
};

const sealed: Kind = {
  what: 'what was shown last',
  async make(folder) {
    await writeSealed(join(folder, 'last.json'), JSON.stringify({ origin: { kind: 'file', uri: 'a' } }));
    return bytesOf(join(folder, 'last.json'));
  },
  read: async (folder) => (await readSealed(join(folder, 'last.json'))) !== null,
};

export const own: readonly Kind[] = [records, journal, hash, heads, begun, index, sealed];
