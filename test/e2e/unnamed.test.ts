import assert from 'node:assert/strict';
import { join } from 'node:path';
import { commands, Selection, window, workspace } from 'vscode';
import { page } from './page';
import { complete } from './support/completion';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';
import { saveAs } from './support/saveDialog';

/** The editor closes the bracket itself; the model, which does not see that, closes it again. */
const typed = 'class Cart:\n    def __init__(self):\n        self.items = []\nself.items.append(';
const name = 'named.py';

describe('a document without a name', () => {
  it('gets no bracket twice', async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    const document = await workspace.openTextDocument({ language: 'python' });
    const editor = await window.showTextDocument(document);
    await commands.executeCommand('default:type', { text: typed.slice(0, -1) });
    await commands.executeCommand('type', { text: '(' });
    assert.match(document.lineAt(document.lineCount - 1).text, /append\(\)$/);
    await complete(editor);
    const line = document
      .getText()
      .split('\n')
      .find((text) => text.includes('append('))!;
    assert.match(line, /append\([^()]+\)/);
    assert.equal(line.split('(').length, line.split(')').length, line);
  });

  it('keeps its records when it is saved to a file', async () => {
    const word = () => ({ text: 'append(', line: lineOf() });
    const lineOf = () =>
      window
        .activeTextEditor!.document.getText()
        .split('\n')
        .findIndex((text) => text.includes('append(')) + 1;
    void commands.executeCommand('workbench.action.files.saveAs');
    await saveAs(join(workspace.workspaceFolders![0]!.uri.path, name));
    await eventually(() => assert.ok(window.activeTextEditor?.document.uri.path.endsWith(name)));
    const { document } = window.activeTextEditor!;
    const line = document.lineAt(word().line - 1).text;
    const written = /append\((\w+)/.exec(line)![1]!;
    await answeredHover({ text: written, line: word().line, occurrence: line.split(written).length - 2 });
    await page.palette('Whence: Focus on Records View');
    await eventually(async () => {
      const rows = await page.texts('[id="workbench.view.extension.whence"] .monaco-list-row');
      assert.ok(
        rows.some((row) => row.includes(name)),
        JSON.stringify(rows),
      );
    });
    await page.screenshot('unnamed');
  });

  it('is explained when a menu hands over the document, as the context menu does', async () => {
    const editor = window.activeTextEditor!;
    editor.selection = new Selection(0, 'class C'.length, 0, 'class C'.length);
    // The menu's own handling of keys and clicks differs between the versions; this is what it calls.
    await commands.executeCommand('whence.explainToken', editor.document.uri);
    await eventually(async () => {
      assert.match(await page.webviewText('.strip'), /class\s*Cart/);
      assert.deepEqual(
        (await page.notifications()).filter((text) => text.includes('Whence')),
        [],
      );
    });
  });
});
