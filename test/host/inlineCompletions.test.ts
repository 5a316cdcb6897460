import { equal, match, ok } from 'node:assert/strict';
import type { ToPanel } from '../../src/core/panel';
import type { TextEditor } from './fake/editor';
import { cart, eventually, Session } from './session';
import { CancellationTokenSource, InlineCompletionTriggerKind } from './vscode';

describe('inline completions', function () {
  this.timeout(120_000);
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

  it('can be asked about before they are accepted, and keep the answer when they are', async () => {
    session.world.openView();
    await session.world.run('whence.explainSuggestion');
    equal(editor.document.getText(), cart, 'nothing is written');
    equal(await session.tree(), '', 'nothing is recorded');
    const view = session.world.view!;
    const state = () => {
      const last = view.webview.sent.at(-1) as ToPanel | undefined;
      return last?.type === 'show' ? last.state : null;
    };
    const shown = await eventually(() => (state()?.explanation?.verification ? state() : null));
    match(editor.rendered, /source\d\[/, 'the sources are marked in the text above');
    const [item] = await ask(InlineCompletionTriggerKind.Invoke);
    ok(item!.insertText.includes(shown.explanation!.target.text.trim()));
    const [again] = await ask(InlineCompletionTriggerKind.Automatic);
    equal(again!.insertText, item!.insertText, 'it stays the same one while it is looked at');
    editor.document.apply([{ range: editor.selection, text: item!.insertText }]);
    await session.world.run(item!.command!.command, ...item!.command!.arguments!);
    match(await session.tree(), /\(cart\.py\)$/);
    await eventually(() => (editor.rendered.includes('target[') ? true : null));
    equal(state()?.record.id, shown.record.id);
    ok(state()!.explanation, 'the answer is still there');
    equal(session.world.completionProvider, null, 'and nothing more is offered');
  });

  it('are forgotten when something else is typed', async () => {
    session.world.openView();
    await session.world.run('whence.explainSuggestion');
    editor.document.apply([{ range: editor.selection, text: 'x = 1' }]);
    await eventually(() => {
      const last = session.world.view!.webview.sent.at(-1) as ToPanel | undefined;
      return last?.type === 'empty' ? true : null;
    });
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
