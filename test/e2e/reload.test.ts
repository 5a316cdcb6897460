import assert from 'node:assert/strict';
import { Position, Range, type TextEditor, WorkspaceEdit, workspace } from 'vscode';
import { page } from './page';
import { firstWord } from './support/completion';
import { openAtEnd } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';

describe('after a reload of the window', () => {
  let editor: TextEditor;

  before(async () => {
    editor = await openAtEnd('cart.py');
  });

  it('the record explains its tokens still', async () => {
    const hover = await answeredHover(firstWord(editor, 'cart.py'));
    assert.match(hover, /p (>|<)?\d\.\d+ · 1st choice/);
    assert.match(hover, /From line \d+/);
  });

  it('the records are listed', async () => {
    await page.palette('Whence: Focus on Records View');
    await eventually(async () => {
      const rows = await page.texts('[id="workbench.view.extension.whence"] .monaco-list-row');
      assert.ok(
        rows.some((row) => row.includes('cart.py')),
        JSON.stringify(rows),
      );
    });
  });

  it('a token whose text is edited is stale, and only that', async () => {
    const word = firstWord(editor, 'cart.py');
    const line = word.line! - 1;
    const start = editor.document.lineAt(line).text.lastIndexOf(word.text);
    const edit = new WorkspaceEdit();
    edit.replace(editor.document.uri, new Range(line, start, line, start + word.text.length), 'things');
    assert.ok(await workspace.applyEdit(edit));
    await eventually(async () => {
      assert.match(await page.hover({ text: 'things', line: word.line! }), /Stale/);
    });
    const next = editor.document.getText(new Range(line, start + 6, line, start + 7));
    assert.notEqual(next.trim(), '', 'the model wrote one token only');
    const after = await page.hover({
      text: next,
      line: word.line!,
      occurrence: occurrences(line, start + 6, next),
    });
    assert.doesNotMatch(after, /Stale/);
    assert.match(after, /p (>|<)?\d\.\d+/);
    await page.screenshot('stale');
  });

  /** How often `text` stands in the line before a column. */
  function occurrences(line: number, column: number, text: string): number {
    const before = editor.document.getText(new Range(new Position(line, 0), new Position(line, column)));
    return before.split(text).length - 1;
  }
});
