import assert from 'node:assert/strict';
import { commands, Range, Selection, type TextEditor, window, workspace } from 'vscode';
import type { EditorText } from '../../../dev/e2e/driver';
import { page } from '../page';
import { openAtEnd, placeOf } from './editing';
import { eventually } from './eventually';

/** What stands before the place where the samples leave off. */
export const given = {
  'cart.py': 'return len(self.',
  'queue.ts': 'last(): string | undefined {\n    return this.',
};

export type Sample = keyof typeof given;

/** Where the first word is that the model wrote after `sample`'s end; fails where it wrote none. */
export function firstWord(editor: TextEditor, sample: Sample): EditorText {
  const text = editor.document.getText();
  const start = text.indexOf(given[sample]) + given[sample].length;
  const word = /^\W*?(\w+)/.exec(text.slice(start));
  assert.ok(word?.[1], `the model wrote no word: ${JSON.stringify(text.slice(start))}`);
  const end = start + word[0].length;
  return placeOf(editor, end - word[1].length, end);
}

/** A sample as it was before anybody completed it, in a document without a name, the cursor at its end. */
export async function openFresh(sample: Sample): Promise<TextEditor> {
  const { document } = await openAtEnd(sample);
  const text = document.getText();
  const content = text.slice(0, text.indexOf(given[sample]) + given[sample].length);
  await commands.executeCommand('workbench.action.closeAllEditors');
  const fresh = await workspace.openTextDocument({ language: document.languageId, content });
  const opened = await window.showTextDocument(fresh);
  const end = fresh.positionAt(content.length);
  opened.selection = new Selection(end, end);
  opened.revealRange(new Range(end, end));
  return opened;
}

/** Lets the model write at the cursor, as people do, and waits for it. */
export async function complete(editor: TextEditor): Promise<void> {
  const before = editor.document.getText();
  await page.palette('Whence: Complete Here');
  await eventually(() => assert.notEqual(editor.document.getText(), before));
}
