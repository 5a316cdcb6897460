import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { cpSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakePanel } from './fake/panel';
import { cart, eventually, Session } from './session';
import { InlineCompletionTriggerKind } from './vscode';

describe('what cannot be answered gets a sentence', function () {
  this.timeout(120_000);
  let session: Session;
  beforeEach(() => {
    session = new Session().start();
  });
  afterEach(() => session.end());

  const complete = () => session.world.run('whence.completeHere');
  const explain = () => session.world.run('whence.explainSelection');
  const only = () => {
    equal(session.world.messages.length, 1, session.world.messages.join('\n'));
    return session.world.messages[0]!;
  };

  it('without an editor', async () => {
    await complete();
    match(only(), /^error: Open a file first: Whence writes at the cursor in the active editor\.$/);
  });

  it('with something else in front of the file, in the file', async () => {
    const editor = session.open('cart.py', 'def add(a, b):\n    return a');
    session.world.hideEditors();
    await explain();
    deepEqual(session.world.messages, []);
    equal(session.world.active?.document, editor.document);
  });

  it('in an empty document', async () => {
    session.open('empty.py', '');
    await explain();
    match(only(), /^error: There is nothing to explain: the document is empty\.$/);
  });

  it('before the first character, where there is nothing to continue', async () => {
    session.open('empty.py', '');
    await complete();
    match(only(), /^error: There is no text before the cursor, so there is nothing to continue\./);
    equal(await session.tree(), '');
  });

  it('on a blank line', async () => {
    session.open('blank.py', 'x = 1\n\n');
    await explain();
    match(only(), /^error: There is nothing to explain here: select some code first\.$/);
  });

  it('in binary data', async () => {
    session.open('picture.png', '\u0089PNG\r\n\u001a\n\0\0\0\rIHDR\0\0', 'plaintext');
    await complete();
    match(only(), /^error: This looks like binary data/);
  });

  it('in a document that cannot be changed', async () => {
    const editor = session.open('cart.py', cart);
    editor.document.readOnly = true;
    await complete();
    match(only(), /^error: This document cannot be changed/);
    equal(await session.tree(), '');
  });

  it('in a file of 2 MB, which works with its end', async () => {
    const line = 'total = total + price * 2  # a line like any other\n';
    const editor = session.open('big.py', `${line.repeat(Math.ceil(2 ** 21 / line.length))}total = `);
    const length = editor.document.getText().length;
    await complete();
    deepEqual(session.world.messages, []);
    ok(editor.document.getText().length > length);
    const left = Number(
      /first ([\d,]+) characters/.exec(session.world.statusMessage)![1]!.replaceAll(',', ''),
    );
    ok(left > 2_000_000 && left < length, session.world.statusMessage);
    match((await session.hover(editor, editor.document.positionAt(length))) ?? '', /— p 0/);
  });

  it('when the model is missing, in the status item as well', async () => {
    session.world.configure('whence.model', join(session.storage, 'nowhere'));
    session.open('cart.py', cart);
    await complete();
    match(only(), /^error: .*nowhere/);
    equal(session.world.status?.text, '$(warning) Whence');
    equal(session.world.status?.command, 'whence.showLog');
    match(
      session.world.status?.tooltip?.value ?? '',
      /\[Restart\]\(command:whence\.restartEngine\).*\[Show log\]/,
    );
    session.world.configure('whence.model', '');
    await complete();
    equal(session.world.messages.length, 1, 'the right model is asked at once');
    match(await session.tree(), /cart\.py/);
  });

  it('when the model is broken', async () => {
    const broken = join(session.storage, 'broken');
    cpSync('models/whence-code', broken, { recursive: true });
    truncateSync(join(broken, 'model.safetensors'), 1_000_000);
    session.world.configure('whence.model', broken);
    session.open('cart.py', cart);
    await complete();
    match(only(), /^error: .*model\.safetensors.*(shorter|truncated|bytes)/);
  });

  it('when the model was made for something else', async () => {
    const other = join(session.storage, 'other');
    cpSync('models/whence-code', other, { recursive: true });
    writeFileSync(
      join(other, 'config.json'),
      '{ "architectures": ["T5ForConditionalGeneration"], "model_type": "t5" }',
    );
    session.world.configure('whence.model', other);
    session.open('cart.py', cart);
    await complete();
    match(only(), /^error: .*(T5|t5)/);
  });

  it('when a record was made with another model', async () => {
    const editor = session.open('cart.py', cart);
    await complete();
    const copy = join(session.storage, 'copied-model');
    cpSync('models/whence-code', copy, { recursive: true });
    const config = join(copy, 'config.json');
    writeFileSync(
      config,
      `${JSON.stringify({ ...JSON.parse((await import('node:fs')).readFileSync(config, 'utf8')), note: 1 })}`,
    );
    session.world.configure('whence.model', copy);
    const view = new FakePanel('Explanation');
    session.world.viewProvider!.resolveWebviewView(view);
    view.webview.says({ type: 'ready' });
    await session.world.run('whence.explainToken');
    const error = await eventually(
      () =>
        (view.webview.sent.at(-1) as { state?: { error: string | null } } | undefined)?.state?.error ?? null,
    );
    match(
      error,
      /^This was recorded with the model whence-code, but copied-model is loaded\. Choose whence-code/,
    );
    match(
      (await session.hover(editor, editor.document.positionAt(cart.length))) ?? '',
      /⚠ This was recorded with the model/,
    );
  });

  it('from the completion provider in the log only', async () => {
    session.world.configure('whence.automaticCompletions', true);
    session.world.configure('whence.model', join(session.storage, 'nowhere'));
    const editor = session.open('cart.py', cart);
    const items = await session.world.completionProvider!.provideInlineCompletionItems(
      editor.document,
      editor.selection.active,
      { triggerKind: InlineCompletionTriggerKind.Invoke },
      { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) },
    );
    equal(items.length, 0);
    deepEqual(session.world.messages, []);
    match(session.world.log.join('\n'), /warn: No completion: /);
  });
});
