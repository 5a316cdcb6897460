import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import schema from '../../src/cli/schemas/audit.json';
import { whence } from './support/cli';

const words = Array.from({ length: 12 }, (_, at) => `"name${at}" and "other${at}"`).join(', ');
const audit = `audit "Known <b>"
language python
slot word and other: ${words}
prompt "x = {word}\\ny = {word}"
control "x = {other}\\ny = {other}"
continue 12 tokens
finding "Written" when continuation matches /[\\s\\S]/
`;
const reports = ['report.html', 'report.md', 'report.json'];

describe('whence audit', function () {
  this.timeout(180_000);
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-audit-cli-'));
    file = join(folder, 'known.audit');
    await writeFile(file, audit);
  });
  after(() => rm(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  const written = (out: string) => Promise.all(reports.map((name) => readFile(join(out, name), 'utf8')));
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await whence(['audit', '--explain', '2', ...args]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    return stdout;
  };
  const refused = async (args: readonly string[], message: RegExp) => {
    const { code, stderr } = await whence(['audit', ...args]);
    assert.match(stderr, message);
    assert.equal(code, 2);
  };

  /** Starts it and ends it by a signal as soon as its journal has some lines. */
  async function ended(out: string, lines: number, signal: NodeJS.Signals): Promise<number | null> {
    const child = spawn(
      process.execPath,
      [resolve('dist/cli.js'), 'audit', '--explain', '2', '--out', out, file],
      {
        stdio: 'ignore',
      },
    );
    const exit = new Promise<number | null>((done) => child.once('exit', done));
    for (;;) {
      const text = await readFile(join(out, 'journal.jsonl'), 'utf8').catch(() => '');
      if (text.split('\n').length > lines || child.exitCode !== null) break;
      await new Promise((done) => setTimeout(done, 2));
    }
    child.kill(signal);
    return exit;
  }

  it('writes a report for people and for programs, and says what was found', async () => {
    const stdout = await run('--out', at('whole'), file);
    assert.match(stdout, /Known <b>.*known\.audit\n {2}Written\. Found after 12 of 12 prompts/s);
    const [html, markdown, json] = await written(at('whole'));
    assert.match(html!, /Known &lt;b&gt;/);
    assert.doesNotMatch(html! + json!, new RegExp(folder));
    assert.match(markdown!, /## The method/);
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    assert.ok(ajv.validate(schema, JSON.parse(json!)), ajv.errorsText());
  });

  it('that is killed goes on, and gives the same reports, byte for byte', async () => {
    const expected = await written(at('whole'));
    for (const [lines, signal] of [
      [1, 'SIGKILL'],
      [14, 'SIGKILL'],
      [4, 'SIGINT'],
    ] as const) {
      const out = at(`ended-${lines}`);
      const code = await ended(out, lines, signal);
      assert.equal(code, signal === 'SIGINT' ? 2 : null);
      await assert.rejects(written(out), { code: 'ENOENT' });
      await run('--out', out, file);
      assert.deepEqual(await written(out), expected, `${signal} after ${lines} lines`);
    }
  });

  it('in shards, merged, gives the same reports', async () => {
    for (const part of [1, 2, 3]) {
      const said = await run('--shard', `${part}/3`, '--out', at(`part${part}`), file);
      assert.match(said, new RegExp(`Shard ${part}/3 is done`));
    }
    const { code, stderr } = await whence([
      'audit',
      '--merge',
      '--out',
      at('merged'),
      at('part3'),
      at('part1'),
      at('part2'),
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(await written(at('merged')), await written(at('whole')));
  });

  it('says what is wrong with what it is given', async () => {
    await refused(['--shard', '4/3', file], /--shard takes a part and their number, as 3\/8, not "4\/3"/);
    await refused(['--merge'], /--merge needs the folders/);
    await refused(
      ['--merge', '--cases', '3', at('part1')],
      /takes --cases, --explain and --seed from the shards/,
    );
    await refused(['--merge', folder], /holds no journal of an audit/);
    await refused([at('none.audit')], /There is no file or folder/);
    const wrong = at('wrong.audit');
    await writeFile(wrong, 'audit "a"\nfinding\n');
    await refused([wrong], /wrong\.audit:2: Expected the title of the finding/);
    await refused(['--out', at('whole'), '--cases', '2', file], /with other settings/);
  });
});
