// What of a document is sent to the model: the text up to a place, or the sentence why there is none to send.

import * as vscode from 'vscode';
import { WhenceError } from '../core/errors';
import type { Truncation } from '../core/generation';
import { linesOf } from './documents';

/** More than any context holds; what lies before it never reaches the engine. UTF-16 units. */
const mostSent = 400_000;

export interface Reading {
  /** With `\n` line ends. */
  readonly text: string;
  /** Where `text` begins in the document. */
  readonly offset: number;
}

/**
 * Where no editor is active because something else is in front, such as the walkthrough: one that is visible, or was
 * opened last. `purpose` completes "Open a file first: Whence …".
 */
export async function editorBehind(purpose: string): Promise<vscode.TextEditor> {
  const { visibleTextEditors, tabGroups } = vscode.window;
  const editor = visibleTextEditors.find(({ document }) => !document.isClosed);
  if (editor) return editor;
  const behind = tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .map(({ input }) => input)
    .findLast((input) => input instanceof vscode.TabInputText);
  if (behind) return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(behind.uri));
  throw new WhenceError('bad-input', `Open a file first: Whence ${purpose} in the active editor.`);
}

/** The document's text up to `end`, without what could not be read by any model. */
export function readUpTo(document: vscode.TextDocument, end: number): Reading {
  const { text } = linesOf(document);
  let offset = Math.max(0, end - mostSent);
  // Whole lines are cut, so that neither a line nor a character is torn.
  if (offset > 0) offset = Math.min(end, text.indexOf('\n', offset) + 1 || offset);
  const read = text.slice(offset, end);
  requireText(read);
  return { text: read, offset };
}

/** The document's text behind `start`, as far as a model could read it. Null characters end it: they are no text. */
export function readBehind(document: vscode.TextDocument, start: number): string {
  const text = linesOf(document).text.slice(start, start + mostSent);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** What the engine left out, together with what was not even sent; of that the tokens are estimated. */
export function wholeTruncation(reading: Reading, truncation: Truncation | null): Truncation | null {
  if (reading.offset === 0 || !truncation) return truncation;
  const characters = reading.offset + truncation.characters;
  return { characters, tokens: Math.round((truncation.tokens * characters) / truncation.characters) };
}

/** Control characters that no program text has, and what stands for bytes that are no UTF-8. */
const foreign = /(?!\s)[\p{Cc}\ufffd]/gu;

function requireText(text: string): void {
  const sample = text.slice(-10_000);
  const count = sample.match(foreign)?.length ?? 0;
  if (sample.includes('\0') || count > sample.length / 20) {
    throw new WhenceError(
      'bad-input',
      'This looks like binary data, which the model cannot read. Open a text file instead.',
    );
  }
}
