// Whence: Why Not…? Asks why the token is there rather than another one, picked from what the model had in mind or typed.

import * as vscode from 'vscode';
import { showRank, showToken } from '../../core/display';
import { statisticsOf } from '../../core/record';
import { questionOf } from '../current';
import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import { pickAlternative } from './alternatives';
import { choose, gone } from './tokens';

export async function whyNot(whence: Whence, given?: TokenRef): Promise<void> {
  const chosen = given ?? (await alreadyChosen(whence));
  const question = questionOf(chosen, whence.records);
  if (!question) throw gone();
  const { record, index } = question;
  const rank = statisticsOf(record, index)?.rank ?? 1;
  const title = `Why “${showToken(record.tokens[index]!.text)}” (${showRank(rank)}) and not…?`;
  const contrast = chosen.contrast ?? (await pickAlternative(record, index, title))?.text;
  if (contrast === undefined) return;
  whence.current.ref = { record: chosen.record, index: chosen.index, contrast };
  whence.marks.show();
  await whence.explanation.show();
}

/** The token at the cursor if there is one, else the current one. */
async function alreadyChosen(whence: Whence): Promise<TokenRef> {
  const editor = vscode.window.activeTextEditor;
  const under = editor && whence.records.at(editor.document, editor.selection.active);
  const current = whence.current.question ? whence.current.ref : null;
  const { record, index } = under ?? current ?? (await choose(whence));
  return { record, index };
}
