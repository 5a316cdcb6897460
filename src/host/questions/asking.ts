// What the questions beside "why" share: which token they are about, and how they are asked.

import * as vscode from 'vscode';
import type { Asked } from '../../core/asked/asked';
import { defaultMethod, type Explanation } from '../../core/explanation';
import { isExplainable } from '../../core/record';
import { choose, gone } from '../commands/tokens';
import { questionOf } from '../current';
import type { Question } from '../explainer';
import type { TokenRef } from '../manifest';
import type { PlacedRecord } from '../records/records';
import { linesOfTokens } from '../tokenView';
import type { Whence } from '../whence';

/** A token that is asked about, with all that is known of it. */
export interface Subject extends Question {
  readonly placed: PlacedRecord;
  /** The document line, from 0, of each token. */
  readonly lineOf: (index: number) => number;
}

/**
 * The token that is meant: the given one, else one at the cursor that was recorded, else the current one, else the line
 * at the cursor is read first. It becomes the current one, compared with no other.
 */
export async function subjectOf(whence: Whence, given?: TokenRef): Promise<Subject> {
  const { current, records } = whence;
  const editor = vscode.window.activeTextEditor;
  const under = editor && records.at(editor.document, editor.selection.active);
  const fresh = under && !records.get(under.record)?.anchors.stale[under.index] ? under : null;
  const { record, index } = await choose(
    whence,
    given ?? fresh ?? (current.question ? current.ref! : undefined),
  );
  current.ref = { record, index };
  const question = questionOf({ record, index }, records);
  const placed = records.get(record);
  if (!question || !placed || !isExplainable(question.record, index)) throw gone();
  return { ...question, placed, lineOf: linesOfTokens(placed) };
}

/** Asks with the side view open; typing into the document or Whence: Cancel withdraws the question. */
export async function ask<A extends Asked>(
  whence: Whence,
  { record }: Question,
  title: string,
  work: (token: vscode.CancellationToken, say: (progress: string) => void) => Promise<A>,
): Promise<A> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === record.document);
  // It is on its way while the view opens.
  const asked = whence.board.during(`${title[0]!.toUpperCase()}${title.slice(1)}…`, (say) =>
    whence.work.run(
      title,
      async (token) => {
        await whence.explainer.requireModel(record, token);
        return work(token, say);
      },
      document,
    ),
  );
  const [answer] = await Promise.all([asked, whence.explanation.show()]);
  return answer as A;
}

/** The explanation of a token as soon as there is one; its measured check may still be missing. */
export function explanationOf(
  { explainer }: Whence,
  question: Question,
  token: vscode.CancellationToken,
): Promise<Explanation> {
  const { record, index } = question;
  return explainer.explained({ record, index, end: index + 1, contrast: null, method: defaultMethod }, token);
}
