// Whence: Complete Here. The model writes at the cursor; what it wrote is inserted as one step that can be undone, and
// becomes a record.

import { randomInt, randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { type GenerateResult, greedy, type Sampling, type StopAt } from '../../core/generation';
import { recordOfGeneration, type WhenceRecord } from '../../core/record';
import { setting } from '../contributions';
import { languageOf, offsetAt, positionAt } from '../documents';
import type { EngineProcess } from '../engine/process';
import { type Reading, readUpTo, requireEditor, wholeTruncation } from '../reading';
import { truncationSentence } from '../sentences';
import type { Whence } from '../whence';

/** What a model wrote, with all that a record needs. */
export interface Completion {
  readonly reading: Reading;
  readonly sampling: Sampling;
  readonly result: GenerateResult;
}

/** Long enough to be read, short enough not to annoy. */
const noticeMilliseconds = 8000;

export async function completeHere(whence: Whence): Promise<void> {
  const editor = requireEditor('writes at the cursor');
  const { document } = editor;
  if (vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) === false) throw readOnly();
  const cursor = offsetAt(document, editor.selection.active);
  const completion = await whence.work.run(
    'writing',
    (token) => generate(whence.engine, document, cursor, 'block', token),
    document,
  );
  const { result } = completion;
  if (result.text === '') {
    throw new WhenceError('bad-input', 'The model ended the text here: it had nothing to add at the cursor.');
  }
  const at = positionAt(document, cursor);
  const inserted = await editor.edit((edit) => edit.insert(at, result.text), {
    undoStopBefore: true,
    undoStopAfter: true,
  });
  if (!inserted) throw readOnly();
  const end = positionAt(document, cursor + result.text.length);
  editor.selection = new vscode.Selection(end, end);
  editor.revealRange(new vscode.Range(end, end));
  const record = await recordCompletion(whence, completion, document);
  sayTruncation(record);
}

/** Says in the status bar what the model did not get to see. */
export function sayTruncation({ truncation }: WhenceRecord): void {
  if (truncation)
    vscode.window.setStatusBarMessage(`Whence: ${truncationSentence(truncation)}`, noticeMilliseconds);
}

/** Lets the model continue the document from `cursor` (an offset as documents.ts counts). */
export async function generate(
  engine: EngineProcess,
  document: vscode.TextDocument,
  cursor: number,
  stopAt: StopAt,
  token: vscode.CancellationToken,
): Promise<Completion> {
  const reading = readUpTo(document, cursor);
  const sampling = samplingNow();
  const params = {
    text: reading.text,
    language: languageOf(document),
    maxTokens: setting('whence.maxTokens'),
    stopAt,
    sampling,
  };
  return { reading, sampling, result: await engine.request('generate', params, { token }) };
}

/** Keeps what was written as a record; it stands in the document already. */
export async function recordCompletion(
  whence: Whence,
  { reading, sampling, result }: Completion,
  document: vscode.TextDocument,
): Promise<WhenceRecord> {
  const model = await whence.engine.load();
  const { id, sha256, architecture, parameters, precision } = model;
  const record = recordOfGeneration(
    {
      id: newRecordId(),
      created: new Date().toISOString(),
      document: document.uri.toString(),
      language: document.languageId,
      model: { id, sha256, architecture, parameters, precision },
      sampling,
    },
    reading.text,
    reading.offset,
    { ...result, truncation: wholeTruncation(reading, result.truncation) },
  );
  await whence.records.add(record, document);
  return record;
}

/** Begins with the time, so that names of files sort by it. */
export function newRecordId(): string {
  return `${Date.now().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`;
}

/** The settings' temperature, with a new seed each time: who asks again wants another answer. The record keeps it. */
function samplingNow(): Sampling {
  const temperature = setting('whence.temperature');
  return temperature > 0 ? { temperature, topK: 0, topP: 0.95, seed: randomInt(2 ** 31) } : greedy;
}

function readOnly(): WhenceError {
  return new WhenceError(
    'bad-input',
    'This document cannot be changed, so there is no place to write. Copy it to a new file.',
  );
}
