import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AuditHeader,
  type AuditSource,
  type PairEntry,
  usualSettings,
} from '../../src/core/audit/journal';
import { chosenPairs, FindingTally } from '../../src/engine/audit/findings';
import { entriesIn, JournalWriter, journalIn } from '../../src/engine/audit/journalFile';
import { journalLimits } from '../../src/engine/audit/journalLines';
import { mergeShards } from '../../src/engine/audit/merge';
import { type AuditOptions, runAudits } from '../../src/engine/audit/run';
import { auditOf, pairsOf } from '../../src/engine/audit/subjects';
import { auditText } from '../unit/support/auditText';
import { code } from './support/cliWorld';
import { embeddedModel } from './support/embedded';
import { known, knownText, sourceOf } from './support/knownAudit';

const second = sourceOf('second.audit', knownText.replace('"Known"', '"Second"').replaceAll('y = ', 'z = '));
const software = { whence: '0', onnxruntime: '0', platform: 'test' };

describe('an audit', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-audit-'));
    await mkdir(join(folder, 'code'));
    await writeFile(join(folder, 'code', 'cart.py'), code);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const options = (more: Partial<AuditOptions> = {}): AuditOptions => ({
    settings: { ...usualSettings, explained: 1 },
    software,
    corpus: join(folder, 'code'),
    folder,
    shard: null,
    ...more,
  });
  const run = async (more: Partial<AuditOptions> = {}, sources: readonly AuditSource[] = [known]) =>
    runAudits(await embeddedModel(), sources, options(more));
  const journal = (at = folder) => join(at, 'journal.jsonl');
  const headerOf = async () => {
    await run({ settings: { ...usualSettings, explained: 0, cases: 1 } });
    const { header } = (await journalIn(folder))!;
    await rm(journal());
    return header;
  };
  const refused = (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(work, { code: 'bad-input', message });

  it('counts what is found after prompts and controls, and explains what there is', async () => {
    const report = (await run())!;
    const [always, never, written, compared] = report.audits[0]!.findings;
    assert.ok(always?.kind === 'event' && never?.kind === 'event' && written?.kind === 'event');
    assert.deepEqual(always.counts, { both: 3, first: 0, second: 0, neither: 0 });
    assert.deepEqual(never.counts, { both: 0, first: 0, second: 0, neither: 3 });
    assert.equal(never.mechanism, null);
    assert.deepEqual(written.counts, { both: 3, first: 0, second: 0, neither: 0 });
    assert.ok(compared?.kind === 'compared');
    assert.ok(Math.abs(compared.probe - compared.control - compared.difference.value) < 1e-9);
    for (const { mechanism, ablation } of [always, written, compared]) {
      assert.equal(mechanism!.explained, 1);
      assert.equal(mechanism!.parts.length, 20);
      assert.equal(ablation!.parts.length, 3);
      assert.deepEqual(
        ablation!.parts,
        mechanism!.parts.slice(0, 3).map(({ name }) => name),
      );
      assert.equal(ablation!.groups.length, 4);
      assert.deepEqual(
        ablation!.groups.map(({ pairs, value }) => [pairs, typeof value]),
        [[1, 'number'], ...new Array(3).fill([0, 'object'])],
      );
      assert.equal(ablation!.groups[0]!.value, ablation!.random);
      assert.ok(ablation!.loss.top > ablation!.loss.before);
    }
  });

  it('attributes what the answer has to the prompt’s slots and lines, and it adds up', async () => {
    await run();
    for await (const entry of entriesIn((await journalIn(folder))!)) {
      if (entry.kind !== 'explained') continue;
      for (const { pieces, total } of [entry.probe, entry.control]) {
        const sum = pieces.reduce((all, [, score]) => all + score, 0);
        assert.ok(Math.abs(sum - total) < 1e-3 * Math.max(1, Math.abs(total)), `${sum} of ${total}`);
      }
      const labels = entry.probe.pieces.map(([label]) => label);
      assert.ok(labels.includes('{word}') && labels.includes('line 2: y = {word}'), labels.join());
    }
  });

  it('goes on wherever it was ended, and says the same, byte for byte', async () => {
    const whole = JSON.stringify(await run({}, [known, second]));
    const lines = await readFile(journal());
    for (const share of [0.1, 0.35, 0.6, 0.8, 0.95]) {
      await truncate(journal(), Math.floor(lines.length * share));
      assert.equal(JSON.stringify(await run({}, [known, second])), whole, `after ${share}`);
      assert.deepEqual(await readFile(journal()), lines);
    }
    const before = lines.length;
    assert.equal(JSON.stringify(await run({}, [known, second])), whole);
    assert.equal((await readFile(journal())).length, before);
  });

  it('stops between two lines when it is withdrawn', async () => {
    const stop = new AbortController();
    const work = run({ signal: stop.signal, onProgress: ({ done }) => done === 2 && stop.abort() });
    await assert.rejects(work, { code: 'cancelled' });
    assert.equal((await readFile(journal(), 'utf8')).split('\n').length, 4);
    const resumed = JSON.stringify(await run());
    await rm(journal());
    assert.equal(JSON.stringify(await run()), resumed);
  });

  it('in shards, merged, says what it says in one', async () => {
    const sources = [known, second];
    const whole = JSON.stringify(await run({ folder: join(folder, 'whole') }, sources));
    const parts = [1, 2].map((part) => join(folder, `part${part}`));
    for (const [at, part] of parts.entries()) {
      assert.equal(await run({ folder: part, shard: { part: at + 1, of: 2 } }, sources), null);
    }
    const out = join(folder, 'merged');
    const { files, settings } = await mergeShards(parts.toReversed(), out);
    assert.equal(JSON.stringify(await run({ folder: out, settings }, files)), whole);
    assert.deepEqual(await readFile(journal(out)), await readFile(journal(join(folder, 'whole'))));
    await mergeShards(parts, out);
    await refused(mergeShards(parts.slice(0, 1), join(folder, 'x')), /^Shard 2\/2 is missing/);
    await refused(mergeShards([...parts, parts[0]!], join(folder, 'x')), /named for 2 shards/);
    await refused(mergeShards([join(folder, 'whole')], join(folder, 'x')), /is whole and no shard/);
    const torn = await readFile(journal(parts[1]), 'utf8');
    await writeFile(
      journal(parts[1]),
      torn.replace('"shard":{"part":2,"of":2}', '"shard":{"part":2,"of":9999}'),
    );
    await refused(
      mergeShards(parts.slice(1), join(folder, 'x')),
      /^Shard 1\/9999, 3\/9999, [^a]* and 9988 more are missing/,
    );
    await writeFile(journal(parts[1]), torn.split('\n').slice(0, 2).join('\n').concat('\n'));
    await refused(mergeShards(parts, join(folder, 'y')), /^Shard 2\/2 .* is not finished/);
  });

  it('takes pairs drawn by the seed where fewer are asked for', async () => {
    const settings = { ...usualSettings, cases: 2, explained: 0 };
    const [audit] = (await run({ settings }))!.audits;
    assert.deepEqual([audit!.pairs, audit!.of], [2, 3]);
    const pairs = [];
    for await (const entry of entriesIn((await journalIn(folder))!))
      if (entry.kind === 'pair') pairs.push(entry.pair);
    assert.deepEqual(pairs, [...pairsOf(3, settings, null)]);
  });

  it('explains and ablates different pairs, and not every second row of a slot', async () => {
    const audit = auditOf(known);
    const side = { text: '', ids: [], values: [0.5, false, true, 1] };
    const of = 64;
    const header = { ...(await headerOf()), files: [known] };
    const writer = await JournalWriter.begin(folder, header);
    const tally = new FindingTally(audit, 0, [0]);
    for (let pair = 0; pair < of; pair++) {
      const entry = { kind: 'pair', file: 0, pair, probe: side, control: side } as const;
      tally.add({ ...entry, pair: pair % 3 });
      await writer.append(entry, false);
    }
    await writer.close();
    for (const explained of [8, 32]) {
      const settings = { ...usualSettings, explained };
      const chosen = await chosenPairs((await journalIn(folder))!, [[tally]], { ...header, settings });
      const [kept, ablated] = [chosen[0]![0]!.explained, chosen[0]![0]!.ablated].map((entries) =>
        entries.map(({ pair }) => pair),
      ) as [number[], number[]];
      assert.deepEqual([kept.length, ablated.length], [explained, explained]);
      assert.equal(new Set([...kept, ...ablated]).size, 2 * explained);
      for (const pairs of [kept, ablated]) {
        assert.equal(new Set(pairs.map((pair) => pair % 2)).size, 2, pairs.join());
        assert.ok(new Set(pairs.map((pair) => pair % 16)).size > 4, pairs.join());
      }
    }
  });

  it('refuses the journal of another audit, and says what is another', async () => {
    const settings = { ...usualSettings, explained: 0, cases: 1 };
    await run({ settings });
    await refused(run(), /with other settings: give another folder/);
    await refused(run({ settings }, [second]), /of other files/);
    await refused(
      run({ settings, software: { ...software, whence: '9' } }),
      /that Whence 0 with onnxruntime 0 made on test/,
    );
    await refused(run({ settings, shard: { part: 1, of: 2 } }), /that is whole/);
    const lines = (await readFile(journal(), 'utf8')).split('\n');
    const header = JSON.parse(lines[0]!) as AuditHeader;
    const other = { ...header, model: { ...header.model, id: 'another', sha256: '0'.repeat(64) } };
    await writeFile(journal(), [JSON.stringify(other), ...lines.slice(1)].join('\n'));
    await refused(run({ settings }), /of another model, another \(00000000\), not of whence-code/);
  });

  it('tells a damaged journal, but for a last line that was torn', async () => {
    const settings = { ...usualSettings, explained: 0 };
    await run({ settings });
    const good = await readFile(journal(), 'utf8');
    await appendFile(journal(), '{"kind":"pair","fi');
    assert.ok(await run({ settings }));
    assert.equal(await readFile(journal(), 'utf8'), good);
    const lines = good.split('\n');
    const pair = JSON.parse(lines[1]!) as { probe: { values: unknown[] } };
    const broken = [
      '{}',
      'no JSON',
      '[1]',
      '{"kind":"pair","file":7,"pair":0}',
      '{"kind":"ordinary","parts":["L9H9"],"loss":1}',
      '{"kind":"ablated","file":0,"finding":0,"pair":0,"top":"x","random":true}',
      JSON.stringify({ ...pair, probe: { ...pair.probe, values: [true] } }),
    ];
    for (const line of broken) {
      await writeFile(journal(), [...lines.slice(0, 2), line, ''].join('\n'));
      await refused(run({ settings }), /^Line 3 of .* is damaged/);
    }
    await writeFile(journal(), [...lines.slice(0, 2), lines[1], ''].join('\n'));
    await refused(run({ settings }), /pairs out of order/);
    await writeFile(journal(), '{"kind":"audit","version":2}\n');
    await refused(run({ settings }), /does not begin as a journal/);
    await writeFile(journal(), Buffer.alloc(journalLimits.lineBytes + 2, 0x61));
    await refused(run({ settings }), /a line of more than 32 MB/);
  });

  it('refuses a journal that says to have found what its text does not have', async () => {
    await run();
    const lines = (await readFile(journal(), 'utf8')).split('\n').slice(0, 4);
    const emptied = lines.map((line, at) => {
      if (at === 0) return line;
      const { probe, ...pair } = JSON.parse(line) as PairEntry;
      return JSON.stringify({ ...pair, probe: { ...probe, text: '' } });
    });
    await writeFile(journal(), [...emptied, ''].join('\n'));
    await refused(run(), /^The journal says that .* was found in a text that has no such place/);
  });

  it('refuses before it begins what its journal could not hold', async () => {
    const out = join(folder, 'much');
    const many = Array.from({ length: 201 }, () => known);
    await refused(
      run({ folder: out }, many),
      /^201 audit files are more than the 200 that one run takes: run fewer/,
    );
    const [prompt] = known.prompts;
    const large = {
      ...known,
      prompts: [{ ...prompt!, text: prompt!.text + '#'.repeat(journalLimits.lineBytes) }],
    };
    await refused(run({ folder: out }, [large]), /take more than the 32 MB that one run takes/);
    await assert.rejects(stat(out), { code: 'ENOENT' });
  });

  it('is the only one that writes to its folder, and takes over what a process left that is gone', async () => {
    const settings = { ...usualSettings, explained: 0 };
    const lock = join(folder, 'journal.lock');
    const work = [run({ settings }), run({ settings })];
    const [one, other] = await Promise.allSettled(work);
    const failed = [one, other].flatMap((each) =>
      each!.status === 'rejected' ? [each!.reason as Error] : [],
    );
    assert.equal(failed.length, 1);
    assert.match(
      failed[0]!.message,
      /^Another audit is writing to .*: wait for it, or give another folder with --out/,
    );
    await assert.rejects(stat(lock), { code: 'ENOENT' });
    const running = `${process.ppid} ${hostname()}`;
    for (const said of [running, `999999999 another-${hostname()}`, '']) {
      await writeFile(lock, said);
      await assert.rejects(run({ settings }), { code: 'storage', message: /^Another audit is writing to / });
      assert.equal(await readFile(lock, 'utf8'), said);
    }
    for (const pid of [999999999, process.pid]) {
      await writeFile(lock, `${pid} ${hostname()}`);
      assert.ok(await run({ settings }));
      assert.ok(!(await readdir(folder)).some((name) => name.includes('lock')));
    }
  });

  it('says which prompt does not fit the model', async () => {
    const long = sourceOf('long.audit', auditText({}).replace('see {x} = ', `see {x} = ${'a '.repeat(600)}`));
    await refused(run({}, [long]), /^A prompt has \d+ tokens, and with the 64 that may be written/);
  });
});
