import assert from 'node:assert/strict';
import {
  ConfigurationTarget,
  commands,
  Range,
  Selection,
  type TextEditor,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { EditorText } from '../../../dev/e2e/driver';
import { testSettings } from '../../../dev/vscode/settings';
import { page } from '../page';
import { eventually } from './eventually';

/** Opens a file of the workspace alone in the first group, the cursor at its end, and gives the editor the focus. */
export async function openAtEnd(name: string): Promise<TextEditor> {
  await commands.executeCommand('workbench.action.closeAllEditors');
  const folder = workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  const document = await workspace.openTextDocument(Uri.joinPath(folder.uri, name));
  const editor = await window.showTextDocument(document, { preview: false });
  const end = document.positionAt(document.getText().length);
  editor.selection = new Selection(end, end);
  editor.revealRange(new Range(end, end));
  return editor;
}

/** Clicks into a text of the active editor until the cursor stands in it: the editor may scroll as the click comes. */
export async function clickInto(editor: TextEditor, at: EditorText): Promise<void> {
  await eventually(async () => {
    await page.clickText(at);
    await eventually(() => {
      const { active } = editor.selection;
      const line = editor.document.lineAt(active.line).text;
      const start = line.slice(0, active.character + at.text.length).lastIndexOf(at.text);
      const inside = start >= 0 && start <= active.character && active.character <= start + at.text.length;
      const there = at.line === undefined || at.line === active.line + 1;
      assert.ok(
        inside && there,
        `the cursor is at ${active.line + 1}:${active.character}, not in ${at.text}`,
      );
    }, 2000);
  });
}

/** Sets one of the user's settings; undefined brings back what the tests begin with. */
export async function set(name: string, value: unknown): Promise<void> {
  await workspace.getConfiguration().update(name, value ?? testSettings[name], ConfigurationTarget.Global);
}

/** Where the browser finds the text between two offsets of a document, which lies on one line. */
export function placeOf({ document }: TextEditor, start: number, end: number): EditorText {
  const range = new Range(document.positionAt(start), document.positionAt(end));
  const text = document.getText(range);
  const before = document.lineAt(range.start.line).text.slice(0, range.start.character);
  let occurrence = 0;
  for (let at = before.indexOf(text); at >= 0; at = before.indexOf(text, at + 1)) occurrence++;
  return { text, line: range.start.line + 1, occurrence };
}
