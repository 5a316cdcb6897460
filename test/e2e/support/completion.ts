import assert from 'node:assert/strict';
import type { TextEditor } from 'vscode';
import type { EditorText } from '../../../dev/e2e/driver';
import { page } from '../page';
import { placeOf } from './editing';
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

/** Lets the model write at the cursor, as people do, and waits for it. */
export async function complete(editor: TextEditor): Promise<void> {
  const before = editor.document.getText();
  await page.palette('Whence: Complete Here');
  await eventually(() => assert.notEqual(editor.document.getText(), before));
}
