// Whence: Explain Selection. Code that is already there is read by the model token by token (teacher-forced) and becomes
// a record whose tokens can be explained like those it wrote.

import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { isExplainable, recordOfSelection, type WhenceRecord } from '../../core/record';
import type { TextRange } from '../../core/text';
import { languageOf, linesOf, offsetAt } from '../documents';
import { editorBehind, readUpTo, wholeTruncation } from '../reading';
import { newOrigin } from '../records/origin';
import type { Whence } from '../whence';
import { sayTruncation } from './complete';

export async function explainSelection(whence: Whence): Promise<void> {
  const { document, selection } = vscode.window.activeTextEditor ?? (await editorBehind('explains code'));
  const range = selection.isEmpty
    ? lineAround(document, selection.active)
    : { start: offsetAt(document, selection.start), end: offsetAt(document, selection.end) };
  const record = await recordSelection(whence, document, range);
  const index = record.tokens.findIndex((token, i) => isExplainable(record, i) && token.text.trim() !== '');
  const first = index < 0 ? record.first : index;
  // A line that is only pointed at is read whole, and its first token explained; what was selected is one question.
  whence.current.ref = {
    record: record.id,
    index: first,
    ...(!selection.isEmpty && first + 1 < record.tokens.length && { end: record.tokens.length }),
  };
  whence.marks.show();
  await whence.explanation.show();
}

/** Lets the model read a part of the document, and keeps the record. */
export async function recordSelection(
  whence: Whence,
  document: vscode.TextDocument,
  range: TextRange,
  title = 'reading',
): Promise<WhenceRecord> {
  const { text } = linesOf(document);
  if (text.trim() === '')
    throw new WhenceError('bad-input', 'There is nothing to explain: the document is empty.');
  if (text.slice(range.start, range.end).trim() === '') {
    throw new WhenceError('bad-input', 'There is nothing to explain here: select some code first.');
  }
  const reading = readUpTo(document, range.end);
  const within = {
    start: Math.max(0, range.start - reading.offset),
    end: range.end - reading.offset,
  };
  const params = { text: reading.text, language: languageOf(document), range: within };
  const { model, result } = await whence.work.run(
    title,
    async (token) => ({
      model: await whence.engine.load(token),
      result: await whence.engine.request('score', params, { token }),
    }),
    document,
  );
  if (result.scored.length === 0) {
    throw new WhenceError(
      'bad-input',
      'The model found no token in the selection. Select a longer piece of code.',
    );
  }
  const record = recordOfSelection(newOrigin(document, model, null), reading.text, reading.offset, within, {
    ...result,
    truncation: wholeTruncation(reading, result.truncation),
  });
  await whence.records.add(record, document);
  sayTruncation(record);
  return record;
}

/** The line of a place, without its line end; without a selection it is what the user points at. */
export function lineAround(document: vscode.TextDocument, place: vscode.Position): TextRange {
  const { range } = document.lineAt(place.line);
  return { start: offsetAt(document, range.start), end: offsetAt(document, range.end) };
}
