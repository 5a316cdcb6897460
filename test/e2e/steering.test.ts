import assert from 'node:assert/strict';
import { commands, Position, Selection, type TextEditor, window, workspace } from 'vscode';
import { page } from './page';
import { complete } from './support/completion';
import { placeOf } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';
import { accept, answer, choices } from './support/quickInput';

const code = 'def withdraw(account, amount):\n    if amount > account.balance:\n        ';

describe('steering, from examples to what is written', () => {
  const status = () => page.texts('.statusbar-item[id*="whence.steered"]');
  const focus = (text: RegExp) =>
    eventually(async () =>
      assert.match((await page.texts('.quick-input-list .monaco-list-row.focused')).join(), text),
    );

  before(async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
  });

  const written = async (): Promise<{ readonly editor: TextEditor; readonly text: string }> => {
    const document = await workspace.openTextDocument({ language: 'python', content: code });
    const editor = await window.showTextDocument(document);
    const end = new Position(2, 8);
    editor.selection = new Selection(end, end);
    await complete(editor);
    return { editor, text: document.getText().slice(code.length) };
  };

  let plain: string;

  it('opens a sheet with examples to try', async () => {
    plain = (await written()).text;
    await page.palette('Whence: Make Steering Vector…');
    await eventually(() =>
      assert.match(window.activeTextEditor?.document.getText() ?? '', /=== Toward.*=== Away/s),
    );
    await page.screenshot('steering-sheet');
  });

  it('makes a vector of them, and asks for what it needs', async () => {
    await page.palette('Whence: Make Steering Vector…');
    await answer('called', 'prefers raise');
    await choices('Where in whence-code');
    await focus(/After layer \d+.*middle/s);
    await page.screenshot('steering-layer');
    await accept('Where in whence-code');
    await choices('is saved. How strongly');
    await focus(/Clearly.*of the stream/s);
    await page.screenshot('steering-strength');
    await accept('is saved. How strongly');
    await eventually(async () => assert.match((await status()).join(), /Steered: prefers raise/));
  });

  it('writes otherwise while it is on, says so, and explains all the same', async () => {
    const { editor, text } = await written();
    assert.notEqual(text, plain);
    const word = /\w+/.exec(text)!;
    const start = code.length + word.index;
    const hover = await answeredHover(placeOf(editor, start, start + word[0].length));
    assert.match(hover, /Written while steered with “prefers raise”/);
    await page.screenshot('steering-hover');
    await page.clickInHover('Explain');
    await eventually(async () =>
      assert.match(await page.webviewText('.page'), /Written while steered with “prefers raise”/),
    );
    await page.leave();
    await page.screenshot('steering-explained');
  });

  it('is turned off where it is shown', async () => {
    await page.click('.statusbar-item[id*="whence.steered"]');
    await choices('steered with “prefers raise”');
    await focus(/Stop steering/);
    await page.screenshot('steering-list');
    await accept('steered with “prefers raise”');
    await eventually(async () => assert.deepEqual(await status(), []));
    assert.equal((await written()).text, plain);
  });
});
