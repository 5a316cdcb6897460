import { equal, match, ok } from 'node:assert/strict';
import type { TextEditor } from './fake/editor';
import { cart, Session } from './session';
import { CancellationTokenSource, InlineCompletionTriggerKind } from './vscode';

describe('inline completions', function () {
  this.timeout(30_000);
  let session: Session;
  let editor: TextEditor;
  beforeEach(() => {
    session = new Session().start();
    editor = session.open('cart.py', cart);
  });
  afterEach(() => session.end());

  const ask = (kind: number, source = new CancellationTokenSource()) =>
    session.world.completionProvider!.provideInlineCompletionItems(
      editor.document,
      editor.selection.active,
      { triggerKind: kind },
      source.token,
    );

  it('are off until the user turns them on, and off again', () => {
    equal(session.world.completionProvider, null);
    session.world.configure('whence.automaticCompletions', true);
    ok(session.world.completionProvider);
    session.world.configure('whence.automaticCompletions', false);
    equal(session.world.completionProvider, null);
  });

  it('offer what the model would write, and record it when it is accepted', async () => {
    session.world.configure('whence.automaticCompletions', true);
    const [item] = await ask(InlineCompletionTriggerKind.Invoke);
    ok(item && item.insertText.trim() !== '');
    equal(editor.document.getText(), cart, 'an offer changes nothing');
    equal(await session.tree(), '');
    editor.document.apply([{ range: editor.selection, text: item.insertText }]);
    await session.world.run(item.command!.command, ...item.command!.arguments!);
    match(await session.tree(), /\(cart\.py\)$/);
    match((await session.hover(editor, editor.document.positionAt(cart.length))) ?? '', /— p 0/);
  });

  it('that were not inserted as offered leave no record', async () => {
    session.world.configure('whence.automaticCompletions', true);
    const [item] = await ask(InlineCompletionTriggerKind.Invoke);
    editor.document.apply([{ range: editor.selection, text: 'typed by hand' }]);
    await session.world.run(item!.command!.command, ...item!.command!.arguments!);
    equal(await session.tree(), '');
  });

  it('wait for a pause, and ask nothing when typing goes on', async () => {
    session.world.configure('whence.automaticCompletions', true);
    const source = new CancellationTokenSource();
    const offered = ask(InlineCompletionTriggerKind.Automatic, source);
    source.cancel();
    equal((await offered).length, 0);
    equal(session.world.status?.text, '◎ Whence', 'the engine was not even started');
  });
});
