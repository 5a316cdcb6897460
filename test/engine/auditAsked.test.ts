import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { AuditReport } from '../../src/core/audit/report';
import { TestEngine } from './support/engine';
import { known, knownText, sourceOf } from './support/knownAudit';

describe('an audit asked of the engine', function () {
  this.timeout(120_000);
  let engine: TestEngine;
  let folder: string;

  before(async () => {
    engine = await TestEngine.create();
    folder = await mkdtemp(join(tmpdir(), 'whence-audit-'));
  });
  after(async () => {
    assert.deepEqual(await engine.dispose(), []);
    await rm(folder, { recursive: true });
  });

  const run = (
    name: string,
    source = known,
    token?: CancellationTokenSource['token'],
    hear = (_: string) => {},
  ) =>
    engine.process.request(
      'audit/run',
      { source, folder: join(folder, name) },
      { token, onNotification: (told) => told.name === 'progress' && hear(told.params.message) },
    );

  it('goes on where it was withdrawn, and its reports are those of one that was not', async () => {
    const withdrawn = new CancellationTokenSource();
    await assert.rejects(
      run('one', known, withdrawn.token, (message) => {
        if (message === 'Pairs of prompt and control: 2 of 3') withdrawn.cancel();
      }),
      { code: 'cancelled' },
    );
    const told: string[] = [];
    const reports = await run('one', known, undefined, (message) => told.push(message));
    const pairs = told.filter((message) => message.startsWith('Pairs'));
    assert.ok(!pairs.includes('Pairs of prompt and control: 1 of 3'), pairs.join());
    assert.ok(told.some((message) => message.startsWith('Looking for mechanisms: 1 of ')));
    const whole = await run('other');
    for (const kind of ['html', 'markdown', 'json'] as const) {
      assert.deepEqual(await readFile(reports[kind]), await readFile(whole[kind]), kind);
    }
    const { audits }: AuditReport = JSON.parse(await readFile(reports.json, 'utf8'));
    assert.equal(audits[0]!.pairs, 3);
    assert.equal(audits[0]!.findings.length, 4);
  });

  it('begins anew with a file that was changed, and keeps nothing of what it was', async () => {
    const before = await run('one');
    const changed = await run('one', sourceOf('known.audit', knownText.replace('"Never"', '"Nowhere"')));
    assert.notEqual(dirname(changed.json), dirname(before.json));
    assert.deepEqual(await readdir(join(folder, 'one')), [basename(dirname(changed.json))]);
    assert.match(await readFile(changed.markdown, 'utf8'), /Nowhere/);
  });
});
