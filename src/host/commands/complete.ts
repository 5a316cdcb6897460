// Whence: Complete Here. The model writes at the cursor; what it wrote is inserted as one step that can be undone, and
// becomes a record.

import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import { closedAlready } from '../../core/closers';
import { WhenceError } from '../../core/errors';
import { type GenerateResult, greedy, type Sampling, type StopAt } from '../../core/generation';
import type { ModelIdentity } from '../../core/model';
import { recordOfGeneration, type WhenceRecord } from '../../core/record';
import type { Steering } from '../../core/steering';
import { setting } from '../contributions';
import { languageOf, offsetAt, positionAt } from '../documents';
import { editorBehind, type Reading, readBehind, readUpTo, wholeTruncation } from '../reading';
import { newOrigin } from '../records/origin';
import { truncationSentence } from '../sentences';
import type { Whence } from '../whence';

/** What a model wrote, with all that a record needs. */
export interface Completion {
  /** What wrote it; by the time it is accepted another model may be loaded. */
  readonly model: ModelIdentity;
  readonly reading: Reading;
  readonly sampling: Sampling;
  readonly steering: Steering | null;
  readonly result: GenerateResult;
}

/** Long enough to be read, short enough not to annoy. */
const noticeMilliseconds = 8000;

export async function completeHere(whence: Whence): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? (await editorBehind('writes at the cursor'));
  const { document } = editor;
  if (vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) === false) throw readOnly();
  const cursor = offsetAt(document, editor.selection.active);
  const completion = await whence.work.run(
    'writing',
    (token) => generate(whence, document, cursor, 'block', token),
    document,
  );
  const { result } = completion;
  if (result.text === '') {
    throw new WhenceError('bad-input', 'The model ended the text here: it had nothing to add at the cursor.');
  }
  const shown = editorNow(editor);
  const place = placeOf(document, positionAt(document, cursor), result);
  const inserted = await shown.edit((edit) => edit.replace(place, result.text), {
    undoStopBefore: true,
    undoStopAfter: true,
  });
  if (!inserted) throw readOnly();
  const end = positionAt(document, cursor + result.text.length);
  shown.selection = new vscode.Selection(end, end);
  shown.revealRange(new vscode.Range(end, end));
  const record = recordOfCompletion(completion, document);
  await whence.records.add(record, document);
  sayTruncation(record);
}

/**
 * What a result takes the place of: nothing, or the brackets and quotes right behind the cursor that it brings itself. A model
 * that had read what stands behind the cursor means what it writes.
 */
export function placeOf(
  document: vscode.TextDocument,
  cursor: vscode.Position,
  { text, after }: Pick<GenerateResult, 'text' | 'after'>,
): vscode.Range {
  const ahead = document.lineAt(cursor.line).text.slice(cursor.character);
  const closed = after === '' ? closedAlready(text, ahead) : 0;
  return new vscode.Range(cursor, new vscode.Position(cursor.line, cursor.character + closed));
}

/** Says in the status bar what the model did not get to see. */
export function sayTruncation({ truncation }: WhenceRecord): void {
  if (truncation)
    vscode.window.setStatusBarMessage(`Whence: ${truncationSentence(truncation)}`, noticeMilliseconds);
}

/** Lets the model continue the document from `cursor` (an offset as documents.ts counts). */
export async function generate(
  { engine, steering: steerings }: Pick<Whence, 'engine' | 'steering'>,
  document: vscode.TextDocument,
  cursor: number,
  stopAt: StopAt,
  token: vscode.CancellationToken,
): Promise<Completion> {
  const reading = readUpTo(document, cursor);
  const sampling = samplingNow();
  const model = await engine.load(token);
  const steering = await steerings.of(model);
  const params = {
    text: reading.text,
    suffix: readBehind(document, cursor),
    language: languageOf(document),
    maxTokens: setting('whence.maxTokens'),
    stopAt,
    sampling,
    ...(steering && { steering }),
  };
  return { model, reading, sampling, steering, result: await engine.request('generate', params, { token }) };
}

/** The record of what was written, or would be, in a document. */
export function recordOfCompletion(
  { model, reading, sampling, steering, result }: Completion,
  document: vscode.TextDocument,
): WhenceRecord {
  return recordOfGeneration(newOrigin(document, model, sampling, steering), reading.text, reading.offset, {
    ...result,
    truncation: wholeTruncation(reading, result.truncation),
  });
}

/** The settings' temperature, with a new seed each time: who asks again wants another answer. The record keeps it. */
function samplingNow(): Sampling {
  const temperature = setting('whence.temperature');
  return temperature > 0 ? { temperature, topK: 0, topP: 0.95, seed: randomInt(2 ** 31) } : greedy;
}

/** The editor, or the one that shows its document now: VS Code makes a new one when a tab comes back to the front. */
function editorNow(editor: vscode.TextEditor): vscode.TextEditor {
  const shown = vscode.window.visibleTextEditors.filter(({ document }) => document === editor.document);
  const now = shown.includes(editor) ? editor : shown[0];
  if (now) return now;
  throw new WhenceError(
    'bad-input',
    'The editor was closed before the model had written. Open it again and complete once more.',
  );
}

function readOnly(): WhenceError {
  return new WhenceError(
    'bad-input',
    'This document cannot be changed, so there is no place to write. Copy it to a new file.',
  );
}
