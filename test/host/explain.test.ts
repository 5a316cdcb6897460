import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { PanelState, ToPanel } from '../../src/core/panel';
import type { TextEditor } from './fake/editor';
import { FakePanel } from './fake/panel';
import { cart, eventually, placeCursor, Session } from './session';
import { Selection } from './vscode';

describe('explaining a token', function () {
  this.timeout(120_000);
  const session = new Session();
  let editor: TextEditor;

  before(async () => {
    session.start();
    editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
  });
  after(() => session.end());

  const marked = /(source\d|against\d|target|stale)\[/;
  const firstToken = () => editor.document.positionAt(cart.length);
  const state = (panel: FakePanel): PanelState | null => {
    const last = panel.webview.sent.at(-1) as ToPanel | undefined;
    return last?.type === 'show' ? last.state : null;
  };
  const finished = (panel: FakePanel) =>
    eventually(() => {
      const now = state(panel);
      return now?.explanation && now.progress === null && now.headScores ? now : null;
    });

  it('fills the hover: probability and alternatives at once, then the answer and its check', async () => {
    const early = (await session.hover(editor, firstToken())) ?? '';
    match(
      early,
      /^\*\*`\w+`\*\* — p 0\\\.\d\d · \d\w\w choice · (sure|likely|torn|guessing) {2}\n\[Explain\]/,
    );
    match(early, /\nInstead `\w+` 0\\\.\d\d/);
    const text = await session.fullHover(editor, firstToken());
    match(
      text,
      /\n\n(Copied from|Composed from|Recalled from|Not known well enough|The explanation did not hold)/,
    );
    match(text, /\n\n(✓ Sources checked|✗ Sources not confirmed): without/);
    match(text, /\nFrom \[line \d+\]\(command:whence\.revealToken\?[^)]*\) `[^`]+` ▓+ \d+%/);
    match(text, /\*of the context’s support\*/);
    match(text, /\nSettled (after \d of 4 layers|from the start|never)/);
    match(text, /\nHeads L\dH\d/);
    match(text, /\*\w+ · fp32\*$/);
    ok(text.split(/\n+/).length <= 12, text);
  });

  it('names the role of a head once the roles are measured', async () => {
    const text = await eventually(async () => {
      const now = await session.hover(editor, firstToken());
      return now && /Heads .*\((induction|previous token|duplicate token|copying)/.test(now) ? now : null;
    });
    ok(text);
  });

  it('takes a known hover from the cache within 50 ms', async () => {
    await session.fullHover(editor, firstToken());
    const start = performance.now();
    await session.hover(editor, firstToken());
    ok(performance.now() - start < 50);
  });

  it('links to commands of the card only', async () => {
    const { token } = { token: { isCancellationRequested: false } };
    const hover = await session.world.hoverProvider!.provideHover(editor.document, firstToken(), token);
    const { isTrusted, value, supportHtml } = hover!.contents[0]!;
    ok(typeof isTrusted === 'object' && !supportHtml);
    const linked = new Set([...value.matchAll(/command:([\w.]+)/g)].map((found) => found[1]!));
    for (const command of linked) {
      ok(isTrusted.enabledCommands.includes(command));
      ok(session.world.commands.has(command), command);
    }
  });

  it('has no hover where nothing was recorded', async () => {
    equal(await session.hover(editor, editor.document.positionAt(3)), null);
  });

  it('marks nothing until asked, then the sources and the token, and clears them', async () => {
    ok(!marked.test(editor.rendered), editor.rendered);
    placeCursor(editor, firstToken());
    await session.world.run('whence.markSources');
    const text = await eventually(() => (editor.rendered.includes('source5[') ? editor.rendered : null));
    const token = editor.document.getText().slice(cart.length).match(/^\w+/)![0];
    ok(text.includes(`target[${token}]`), text);
    equal(session.world.context.get('whence.marks'), true);
    // Without the marks it is the document as it stands.
    const plain = text.replace(/(source\d|against\d|target|stale)\[([^\]]*)\]/g, '$2').replace(/^[ ▏]/gm, '');
    equal(plain, editor.document.getText());
    await session.world.run('whence.clearMarks');
    ok(!marked.test(editor.rendered));
    equal(session.world.context.get('whence.marks'), false);
  });

  it('answers from the context menu too, which hands over the file', async () => {
    placeCursor(editor, firstToken());
    await session.world.run('whence.markSources', editor.document.uri);
    await eventually(() => (editor.rendered.includes('target[') ? true : null));
    deepEqual(session.world.messages, []);
    await session.world.run('whence.clearMarks');
  });

  it('keeps the marks right through an edit before them', async () => {
    placeCursor(editor, firstToken());
    await session.world.run('whence.markSources');
    const before = await eventually(() => (editor.rendered.includes('source5[') ? editor.rendered : null));
    const start = editor.document.positionAt(0);
    editor.document.apply([{ range: new Selection(start, start), text: '# a note\n' }]);
    equal(editor.rendered, ` # a note\n${before}`);
    editor.document.undo();
    equal(editor.rendered, before);
    await session.world.run('whence.clearMarks');
  });

  it('uses at most twelve decoration types', () => {
    ok(session.world.types.length <= 12, String(session.world.types.length));
  });

  it('follows the cursor when asked to', async () => {
    placeCursor(editor, firstToken());
    await session.world.run('whence.followCursor');
    equal(session.world.context.get('whence.followsCursor'), true);
    const text = editor.document.getText();
    const second = text.indexOf('=', cart.length);
    placeCursor(editor, editor.document.positionAt(second));
    await eventually(() => (/target\[ ?=\]/.test(editor.rendered) ? true : null));
    await session.world.run('whence.stopFollowing');
    placeCursor(editor, firstToken());
    await new Promise((resolve) => setTimeout(resolve, 300));
    match(editor.rendered, /target\[ ?=\]/);
    await session.world.run('whence.clearMarks');
  });

  it('shows the full answer in the side view', async () => {
    const view = new FakePanel('Explanation');
    session.world.viewProvider!.resolveWebviewView(view);
    match(view.webview.html, /default-src 'none'/);
    match(view.webview.html, /script-src 'nonce-[\w-]{16,}'/);
    ok(!view.webview.html.includes('unsafe'));
    placeCursor(editor, firstToken());
    await session.world.run('whence.explainToken');
    equal(view.webview.sent.length, 0, 'nothing is sent before the page is ready');
    view.webview.says({ type: 'ready' });
    const shown = await finished(view);
    equal(shown.record.model, 'whence-code');
    equal(shown.tokens[shown.selected]!.text, editor.document.getText().slice(cart.length).match(/^\w+/)![0]);
    equal(shown.tokens[shown.selected]!.line, cart.split('\n').length - 1);
    ok(shown.answer && shown.explanation!.verification);
    equal(shown.error, null);

    view.webview.says({ type: 'select', index: shown.selected + 1 });
    const next = await eventually(() => (state(view)?.selected === shown.selected + 1 ? state(view) : null));
    ok(next);
    await finished(view);
    view.webview.says({ type: 'select', index: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    equal(state(view)?.selected, shown.selected + 1, 'a token of the context has no explanation');

    view.webview.says({ type: 'reveal', index: 3 });
    await eventually(() => (editor.selection.active.line === shown.tokens[3]!.line ? true : null));
    view.webview.says({ type: 'mode', mode: 'expert' });
    await eventually(() => (state(view)?.mode === 'expert' ? true : null));
    view.webview.says({ type: 'copy', text: 'as text' });
    equal(session.world.clipboard, 'as text');
    view.dispose();
  });

  it('asks again by itself what a restart of the engine interrupts', async () => {
    session.world.openView();
    const view = session.world.view!;
    placeCursor(editor, firstToken());
    await session.world.run('whence.explainToken');
    const { selected } = await finished(view);
    const last = state(view)!.tokens.length - 1;
    ok(last > selected + 1);
    view.webview.says({ type: 'select', index: last });
    while (!session.world.status?.text.includes('explaining')) await new Promise(setImmediate);
    await session.world.run('whence.restartEngine');
    const shown = await eventually(() => {
      const now = state(view);
      return now?.selected === last && (now.error || now.explanation?.verification) ? now : null;
    });
    equal(shown.error, null);
    view.dispose();
  });

  it('sends nothing to a panel that nobody sees', async () => {
    const panel = new FakePanel('Explanation');
    session.world.viewProvider!.resolveWebviewView(panel);
    panel.webview.says({ type: 'ready' });
    await finished(panel);
    panel.setVisible(false);
    const count = panel.webview.sent.length;
    placeCursor(editor, firstToken());
    await session.world.run('whence.explainToken');
    await new Promise((resolve) => setTimeout(resolve, 200));
    equal(panel.webview.sent.length, count);
    panel.setVisible(true);
    ok(panel.webview.sent.length > count);
    panel.dispose();
  });

  it('asks why not another token: picked or typed', async () => {
    placeCursor(editor, firstToken());
    let offered: string[] = [];
    session.world.pick = (items) => {
      offered = items.map((item) => item.label);
      return items[0];
    };
    const view = new FakePanel('Explanation');
    session.world.viewProvider!.resolveWebviewView(view);
    view.webview.says({ type: 'ready' });
    await session.world.run('whence.whyNot');
    const shown = await eventually(() => (state(view)?.explanation?.contrast ? state(view) : null));
    ok(offered.length >= 9);
    equal(shown.explanation!.metric, 'logitDifference');
    equal(shown.explanation!.contrast!.text.trim(), offered[0]!.replaceAll('·', ''));

    session.world.pick = () => 'price';
    await session.world.run('whence.whyNot');
    const typed = await eventually(() =>
      state(view)?.explanation?.contrast?.text.startsWith('p') ? state(view) : null,
    );
    ok(typed);
    view.dispose();
  });

  it('reads code that was there already, and explains it', async () => {
    const other = session.open('read.py', 'import os\nprint(os.path)\nprint(os.path)\n');
    const last = other.document.getText().lastIndexOf('print');
    other.selection = new Selection(other.document.positionAt(last), other.document.positionAt(last + 14));
    await session.world.run('whence.explainSelection');
    match(await session.tree(), /^print\(os\.path\) \(read\.py\)\n/);
    const text = await session.fullHover(other, other.document.positionAt(last + 6));
    match(text, /Copied from \[line [12]\]/);
    ok(!other.rendered.includes('▏'), 'code that was read gets no bar');
  });

  it('reads the line of a token that was never recorded', async () => {
    const other = session.open('fresh.py', 'def area(width, height):\n    return width * height\n');
    placeCursor(other, other.document.behind('return wid'));
    await session.world.run('whence.explainToken');
    await eventually(() => (/target\[[^\]]+\]/.test(other.rendered) ? true : null));
    deepEqual(session.world.messages, []);
  });
});
