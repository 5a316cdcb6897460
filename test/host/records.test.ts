import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToPanel } from '../../src/core/panel';
import type { WhenceRecord } from '../../src/core/record';
import type { TextEditor } from './fake/editor';
import { cart, eventually, placeCursor, Session } from './session';

describe('records', function () {
  this.timeout(120_000);
  let session: Session;
  let editor: TextEditor;

  beforeEach(async () => {
    session = new Session().start();
    editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
  });
  afterEach(() => session.end());

  const folder = () => join(session.storage, 'workspace', 'records');
  /** A word the model wrote, and its place now. */
  const word = () => editor.document.getText().slice(cart.length).match(/\w+/)![0];
  const place = () => editor.document.positionAt(editor.document.getText().lastIndexOf(word()));

  it('show a token whose text was changed as stale, and explain the others still', async () => {
    const text = editor.document.getText();
    const at = text.indexOf(word(), cart.length);
    const start = editor.document.positionAt(at);
    placeCursor(editor, start);
    await session.world.run('whence.markSources');
    await eventually(() => (editor.rendered.includes('target[') ? true : null));
    editor.document.apply([{ range: editor.document.lineAt(start.line).range, text: '        self.other' }]);
    const stale = (await session.hover(editor, editor.document.behind('self.oth'))) ?? '';
    match(stale, /^\*\*Stale\*\*/);
    match(stale, /was changed after the model wrote or read it/);
    ok(!stale.includes('p 0'), 'nothing is claimed of a text that the model did not see');
    match(editor.rendered, /stale\[/);
    ok(!editor.rendered.includes('target['), editor.rendered);
    match(await session.tree(), /\(cart\.py · \d+ stale\)$/);

    editor.document.undo();
    match((await session.hover(editor, start)) ?? '', /— p 0/);
    ok(!editor.rendered.includes('stale['), editor.rendered);
  });

  it('survive a reload of the window, with the places of their tokens', async () => {
    const top = editor.document.positionAt(0);
    placeCursor(editor, top);
    editor.document.apply([{ range: editor.selection, text: '# moved\n' }]);
    const tree = await session.tree();
    await session.reload();
    editor = session.world.active!;
    equal(await eventually(async () => (await session.tree()) || null), tree);
    match(await session.fullHover(editor, place()), /— p 0/);
    ok(editor.rendered.includes('▏'));
  });

  it('show the current token again after a reload without a question to the engine', async () => {
    placeCursor(editor, place());
    await session.world.run('whence.explainToken');
    const shown = () => {
      const message = session.world.view?.webview.sent.at(-1) as ToPanel | undefined;
      return message?.type === 'show' && message.state.explanation?.verification ? message.state : null;
    };
    const before = await eventually(() => (shown()?.headScores ? shown() : null));
    // It is written when nothing has changed for a moment.
    await eventually(() =>
      readdirSync(join(session.storage, 'workspace')).includes('explanation.json') ? true : null,
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    await session.reload();
    session.world.openView();
    const after = await eventually(shown);
    deepEqual(after, before);
    equal(session.world.status?.text, '◎ Whence');

    writeFileSync(join(session.storage, 'workspace', 'explanation.json'), 'damaged');
    await session.reload();
    session.world.openView();
    const empty = await eventually(
      () => (session.world.view!.webview.sent.at(-1) as ToPanel | undefined) ?? null,
    );
    match(empty.type === 'empty' ? empty.message : '', /^Nothing was asked since this window was opened/);
    equal(session.world.status?.text, '◎ Whence');
  });

  it('say in the side view why a token that was changed before it was explained is not', async () => {
    const line = cart.split('\n').length - 1;
    editor.document.apply([{ range: editor.document.lineAt(line).range, text: '        pass' }]);
    const { record } = (await session.world.tree!.getChildren())[0] as { record: string };
    const stored = JSON.parse(readFileSync(join(folder(), `${record}.record.json`), 'utf8')) as WhenceRecord;
    await session.world.run('whence.explainToken', { record, index: stored.first });
    const state = await eventually(() => {
      const message = session.world.view?.webview.sent.at(-1) as ToPanel | undefined;
      return message?.type === 'show' ? message.state : null;
    });
    match(state.error ?? '', /was changed after the model wrote or read it/);
    equal(state.explanation, null);
    equal(state.progress, null);
  });

  it('find their text again when the file was changed outside, and call stale what they do not find', async () => {
    const documents = session.world.documents;
    await session.stop();
    const text = documents[0]!.getText();
    const written = text.slice(cart.length);
    session.start();
    editor = session.world.open('cart.py', `# a licence\n\n${text}`);
    await eventually(() => (editor.rendered.includes('▏') ? true : null));
    match((await session.hover(editor, place())) ?? '', /— p 0/);
    await session.stop();

    session.start();
    editor = session.world.open('cart.py', cart + written.replace(/\w/g, 'x'));
    await eventually(async () => ((await session.tree()).includes('stale') ? true : null));
    ok(!editor.rendered.includes('▏'), editor.rendered);
  });

  it('never keep a hover waiting for an engine that has to start first', async () => {
    await session.reload();
    editor = session.world.active!;
    await eventually(() => (editor.rendered.includes('▏') ? true : null));
    const text = (await session.hover(editor, place())) ?? '';
    match(text, /— p 0/);
    match(text, /\nInstead /);
  });

  it('survive the death of the engine, which answers the next question', async () => {
    const tree = await session.tree();
    const pid = Number(/process (\d+)/.exec(session.world.log.join('\n'))![1]);
    const under = session.hover(editor, place());
    process.kill(pid, 'SIGKILL');
    await under;
    match(await session.fullHover(editor, place()), /hecked|confirmed/);
    equal(await session.tree(), tree);
    const next = [...session.world.log.join('\n').matchAll(/process (\d+)/g)].map((found) =>
      Number(found[1]),
    );
    ok(next.length === 2 && next[1] !== pid, next.join());
  });

  it('are stored in a file each, under its name only when it is whole', async () => {
    await session.stop();
    const names = readdirSync(folder());
    equal(names.filter((name) => name.endsWith('.record.json')).length, 1);
    equal(names.filter((name) => name.endsWith('.anchors.json')).length, 1);
    equal(names.filter((name) => name.endsWith('.tmp')).length, 0);
    session.start();
  });

  it('are set aside when damaged, with a sentence in the log, and the others stay', async () => {
    placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
    await session.world.run('whence.completeHere');
    await session.stop();
    const [first] = readdirSync(folder()).filter((name) => name.endsWith('.record.json'));
    const file = join(folder(), first!);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 1000));
    session.start();
    session.world.open('cart.py', editor.document.getText());
    await eventually(async () =>
      (await session.tree()).split('\n').length === 1 && (await session.tree()) ? true : null,
    );
    match(
      session.world.log.join('\n'),
      /was set aside as .*\.damaged\. The stored record cannot be read: it is no JSON\./,
    );
    ok(readdirSync(folder()).includes(`${first}.damaged`));
  });

  it('whose places are lost are looked for anew', async () => {
    await session.stop();
    for (const name of readdirSync(folder()))
      if (name.endsWith('.anchors.json')) rmSync(join(folder(), name));
    session.start();
    editor = session.world.open('cart.py', editor.document.getText());
    await eventually(() => (editor.rendered.includes('▏') ? true : null));
    match((await session.hover(editor, place())) ?? '', /— p 0/);
  });

  it('follow a renamed file', async () => {
    const { Uri } = await import('./vscode');
    const text = editor.document.getText();
    const renamed = Uri.file('/workspace/basket.py');
    session.world.renamed.fire({ files: [{ oldUri: editor.document.uri, newUri: renamed }] });
    match(await session.tree(), /\(basket\.py\)$/);
    await session.stop();
    session.start();
    editor = session.world.open('basket.py', text);
    await eventually(() => (editor.rendered.includes('▏') ? true : null));
  });

  it('follow a document without a name into the file that it is saved to', async () => {
    const { Uri } = await import('./vscode');
    const unnamed = session.world.open('Untitled-1', cart, 'python', Uri.parse('untitled:Untitled-1'));
    placeCursor(unnamed, unnamed.document.positionAt(cart.length));
    await session.world.run('whence.completeHere');
    match(await session.tree(), /^[^\n]*\(Untitled-1\)\n/);
    // As VS Code does it.
    const named = session.world.open('basket.py', `${unnamed.document.getText()}\n`);
    session.world.saved.fire(named.document);
    unnamed.document.apply([{ range: unnamed.document.rangeOf(unnamed.document.getText()), text: '' }]);
    session.world.close(unnamed.document);
    match(await session.tree(), /^[^\n]*\(basket\.py\)\n/);
    match((await session.hover(named, named.document.positionAt(cart.length))) ?? '', /— p 0/);
    await session.reload();
    await eventually(async () => (/^[^\n]*\(basket\.py\)\n/.test(await session.tree()) ? true : null));
  });

  it('that were offered and are accepted later are of the model that wrote them', async () => {
    session.world.configure('whence.automaticCompletions', true);
    placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
    const [item] = await session.world.completionProvider!.provideInlineCompletionItems(
      editor.document,
      editor.selection.active,
      { triggerKind: 0 },
      { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) },
    );
    session.world.configure('whence.model', join(session.storage, 'nowhere'));
    editor.document.apply([{ range: editor.selection, text: item!.insertText }]);
    await session.world.run(item!.command!.command, ...item!.command!.arguments!);
    equal((await session.tree()).split('\n').length, 2);
    deepEqual(session.world.messages, []);
  });

  it('can be deleted, one and all', async () => {
    placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
    await session.world.run('whence.completeHere');
    const [newest] = await session.world.tree!.getChildren();
    await session.world.run('whence.deleteRecord', newest);
    equal((await session.tree()).split('\n').length, 1);
    session.world.answer = undefined;
    await session.world.run('whence.deleteAllRecords');
    ok(await session.tree(), 'not without being sure');
    session.world.answer = 'Delete';
    await session.world.run('whence.deleteAllRecords');
    equal(await session.tree(), '');
    equal(session.world.context.get('whence.hasRecords'), false);
    equal(readdirSync(folder()).length, 0);
    equal(await session.hover(editor, place()), null);
  });

  it('are revealed from the tree', async () => {
    placeCursor(editor, editor.document.positionAt(0));
    const [newest] = await session.world.tree!.getChildren();
    await session.world.run('whence.revealRecord', newest);
    equal(editor.selection.active.line, cart.split('\n').length - 1);
  });

  it('leave no listener and no timer behind', async () => {
    await session.stop();
    equal(session.world.listeners, 0);
    session.start();
  });
});

describe('records without storage', function () {
  this.timeout(120_000);

  it('are kept in memory, and one sentence says so', async () => {
    const session = new Session();
    // A file where the folder should be: nobody can write into it, not even root.
    writeFileSync(join(session.storage, 'workspace'), '');
    session.start();
    const editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
    await session.world.run('whence.completeHere');
    equal(session.world.messages.length, 1);
    match(
      session.world.messages[0]!,
      /^warning: Records cannot be stored in .*They are kept until the window closes/,
    );
    equal((await session.tree()).split('\n').length, 2);
    await session.end();
  });

  if (process.platform === 'linux') {
    it('fail, and do not try for ever, where no folder can be made', async () => {
      const { writeWhole } = await import('../../src/host/wholeFile');
      await rejects(writeWhole('/proc/none/below/file', ''), { code: 'ENOENT' });
    });
  }

  it('that are deleted while they are written stay deleted', async () => {
    const { RecordStore } = await import('../../src/host/records/recordStore');
    const session = new Session();
    const folder = join(session.storage, 'deep', 'records');
    const store = new RecordStore(folder, { info() {}, warn() {} });
    const anchors = { ranges: [], stale: [] };
    const saved = store.save({ id: 'a' } as never, anchors);
    await Promise.all([saved, store.remove('a'), store.saveAnchors('b', anchors), store.remove('b')]);
    await store.remove('a');
    deepEqual(readdirSync(folder), []);
    rmSync(session.storage, { recursive: true });
  });

  it('are bounded: the oldest go first', async () => {
    const { RecordStore } = await import('../../src/host/records/recordStore');
    const session = new Session().start();
    const editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    await session.stop();
    const folder = join(session.storage, 'workspace', 'records');
    const log = { info() {}, warn() {} };
    const [{ record, anchors }] = (await new RecordStore(folder, log).load()) as [never];
    const store = new RecordStore(folder, log, { records: 3, bytes: 2 ** 30 });
    const gone: string[] = [];
    for (let i = 0; i < 5; i++)
      gone.push(...(await store.save({ ...(record as object), id: `zz${i}` } as never, anchors)));
    equal(gone.slice(-2).join(), 'zz0,zz1', 'it tells which had to go');
    const kept = await store.load();
    equal(kept.map((stored) => stored.record.id).join(), 'zz2,zz3,zz4');
    const size = statSync(join(folder, 'zz4.record.json')).size;
    const small = new RecordStore(folder, log, { records: 3, bytes: Math.round(1.5 * size) });
    equal((await small.load()).map((stored) => stored.record.id).join(), 'zz4');
    mkdirSync(folder, { recursive: true });
    session.start();
    await session.end();
    ok(editor);
  });
});
