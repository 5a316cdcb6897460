// The commands that ask about one token: Explain This Token, Show Circuit, Mark Sources, and showing a token in the editor.

import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { questionOf } from '../current';
import { nameOf, offsetAt, positionAt, rangeAt } from '../documents';
import type { RecordRef, TokenRef } from '../manifest';
import { editorBehind } from '../reading';
import type { Whence } from '../whence';
import { lineAround, recordSelection } from './explainSelection';

export async function explainToken(whence: Whence, given?: TokenRef): Promise<void> {
  await choose(whence, given);
  whence.marks.show();
  await whence.explanation.show();
}

export async function showCircuit(whence: Whence, given?: TokenRef): Promise<void> {
  if (given || !whence.current.question) await choose(whence, given);
  whence.circuit.show();
  const { question } = whence.current;
  if (question) await whence.graphs.trace(question);
}

export async function markSources(whence: Whence, given?: TokenRef): Promise<void> {
  await choose(whence, given);
  whence.marks.show();
}

/** Moves the cursor to a token; without one to the current one. */
export async function revealToken(whence: Whence, given?: TokenRef): Promise<void> {
  const ref = given ?? whence.current.ref;
  const placed = ref && whence.records.get(ref.record);
  if (!ref || !placed) throw gone();
  const document = await opened(placed.record.document);
  const anchors = whence.records.get(ref.record)?.anchors ?? placed.anchors;
  const range = rangeAt(document, anchors.ranges[ref.index] ?? { start: 0, end: 0 });
  const open = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const editor = await vscode.window.showTextDocument(document, { viewColumn: open?.viewColumn });
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Shows where a record stands, and makes its first token the current one. */
export async function revealRecord(whence: Whence, given?: RecordRef): Promise<void> {
  const record = given ? whence.records.get(given.record)?.record : whence.records.all[0];
  if (!record) throw gone();
  const visible = record.tokens.findIndex((token, i) => i >= record.first && token.text.trim() !== '');
  const ref = { record: record.id, index: visible < 0 ? record.first : visible };
  await revealToken(whence, ref);
  if (whence.current.ref?.record !== record.id) whence.current.ref = ref;
}

/** Makes a token the current one: the given one, else the one at the cursor, else the line there is read first. */
export async function choose(whence: Whence, given?: TokenRef): Promise<TokenRef> {
  const ref = given ?? (await atCursor(whence));
  const question = questionOf(ref, whence.records);
  if (!question) throw gone();
  whence.current.ref = ref;
  // Who asks again after something went wrong wants it tried again.
  if (whence.explainer.known(question).error) void whence.explainer.ask(question, 'selected');
  return ref;
}

async function atCursor(whence: Whence): Promise<TokenRef> {
  const { document, selection } =
    vscode.window.activeTextEditor ?? (await editorBehind('explains the token at the cursor'));
  const cursor = selection.active;
  const known = near(whence, document, cursor);
  if (known && !whence.records.get(known.record)?.anchors.stale[known.index]) return known;
  const record = await recordSelection(whence, document, lineAround(document, cursor));
  return near(whence, document, cursor) ?? { record: record.id, index: record.first };
}

/** The token at the cursor, or the one that ends there: where people stand after typing. */
function near(whence: Whence, document: vscode.TextDocument, cursor: vscode.Position): TokenRef | null {
  const at = whence.records.at(document, cursor);
  if (at || cursor.character === 0) return at;
  return whence.records.at(document, positionAt(document, offsetAt(document, cursor) - 1));
}

async function opened(uri: string): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  } catch (cause) {
    const message = `${nameOf(uri)} cannot be opened: it may have been moved or deleted. Its records stay until you delete them.`;
    throw new WhenceError('bad-input', message, { cause });
  }
}

/** The record of a token or of a row in the tree was deleted meanwhile. */
export function gone(): WhenceError {
  return new WhenceError('bad-input', 'That record is gone. Complete or explain the code again.');
}
