import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Session } from './session';
import { CancellationTokenSource, Uri } from './vscode';

const audit = `# What comes after an assignment.
audit "Known"
language python
slot word and other: "left" and "size", "user" and "data"
prompt "x = {word}\\ny = {word}"
control from "control.py"
continue 2 tokens
finding "Written" when continuation matches /[\\s\\S]/
`;

describe('an audit file in the editor', function () {
  this.timeout(60_000);
  let session: Session;

  beforeEach(() => {
    session = new Session().start();
    session.world.files.set('file:///workspace/control.py', 'x = {other}\r\ny = {other}');
  });
  afterEach(() => session.end());

  it('has what runs it above its name', () => {
    const { document } = session.open('a.audit', audit, 'audit');
    const lenses = session.world.lenses!.provideCodeLenses(document);
    deepEqual(
      lenses.map(({ range, command }) => [range.start.line, command.command, command.arguments]),
      [[1, 'whence.runAudit', [document.uri.toString()]]],
    );
    const empty = session.open('b.audit', '# Nothing yet.\n', 'audit');
    deepEqual(session.world.lenses!.provideCodeLenses(empty.document), []);
  });

  it('is run as it is there, tells how far it is, and shows its report', async () => {
    session.open('a.audit', audit, 'audit');
    await session.world.run('whence.runAudit');
    deepEqual(session.world.messages, ['information: The report of the audit “Known” is ready.']);
    deepEqual(session.world.progress, ['Whence: running the audit “Known”']);
    ok(session.world.reported.includes('Pairs of prompt and control: 2 of 2'), session.world.reported.join());
    const report = readFileSync(session.world.previewed!.fsPath, 'utf8');
    match(report, /^# Audit of whence\\-code\n/);
    match(report, /Found after 2 of 2 prompts/);
    match(report, /size\ny = size/);
  });

  it('is saved as the kind of file that its name says, or opened as a page', async () => {
    const { document } = session.open('a.audit', audit, 'audit');
    const place = Uri.file('/workspace/a.html');
    session.world.place = place;
    session.world.answer = 'Save a Copy…';
    await session.world.run('whence.runAudit', document.uri.toString());
    equal(session.world.offered?.toString(), 'file:///workspace/a.md');
    match(session.world.files.get(place.toString())!, /^<!doctype html>/i);
    session.world.answer = 'Open as Page';
    await session.world.run('whence.runAudit', document.uri.toString());
    match(session.world.browsed!.fsPath, /report\.html$/);
  });

  it('is paused when it is cancelled, and says nothing but how to go on', async () => {
    session.open('a.audit', audit, 'audit');
    const source = new CancellationTokenSource();
    session.world.withdrawal = source.token;
    source.cancel();
    await session.world.run('whence.runAudit');
    deepEqual(session.world.messages, []);
    equal(session.world.statusMessage, 'Whence: “Known” is paused; Run This Audit goes on');
    equal(session.world.previewed, undefined);
  });

  it('says why it cannot be run', async () => {
    session.open('a.py', 'x = 1\n');
    await session.world.run('whence.runAudit');
    session.open('b.audit', 'audit "a"\n', 'audit');
    await session.world.run('whence.runAudit');
    session.open('c.audit', audit.replace('control.py', 'gone.py'), 'audit');
    await session.world.run('whence.runAudit');
    const [other, mistake, gone] = session.world.messages;
    match(other!, /^error: Open an audit file \(\.audit\) first/);
    match(mistake!, /^error: .*prompt/);
    match(gone!, /^error: gone\.py cannot be read/);
  });
});
