// Whence: Why Not…? Asks why the token is there rather than another one, picked from what the model had in mind or typed.

import * as vscode from 'vscode';
import { showProbability, showRank, showToken } from '../../core/display';
import { statisticsOf } from '../../core/record';
import { questionOf } from '../current';
import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import { choose, gone } from './tokens';

interface Pick extends vscode.QuickPickItem {
  readonly text: string;
}

export async function whyNot(whence: Whence, given?: TokenRef): Promise<void> {
  const chosen = given ?? (await alreadyChosen(whence));
  const question = questionOf(chosen, whence.records);
  if (!question) throw gone();
  const token = question.record.tokens[question.index]!;
  const others = (statisticsOf(question.record, question.index)?.alternatives ?? []).filter(
    (other) => other.id !== token.id,
  );
  const items = others.map(
    (other, i): Pick => ({
      label: showToken(other.text),
      description: `p ${showProbability(other.probability)}`,
      detail: i === 0 ? 'The strongest rival' : undefined,
      text: other.text,
    }),
  );
  const rank = statisticsOf(question.record, question.index)?.rank ?? 1;
  const contrast = await pickOrType(items, `Why “${showToken(token.text)}” (${showRank(rank)}) and not…?`);
  if (contrast === null) return;
  whence.current.ref = { record: chosen.record, index: chosen.index, contrast };
  whence.marks.show();
  await whence.explanation.show();
}

/** The token at the cursor if there is one, else the current one. */
async function alreadyChosen(whence: Whence): Promise<TokenRef> {
  const editor = vscode.window.activeTextEditor;
  const under = editor && whence.records.at(editor.document, editor.selection.active);
  return under ?? (whence.current.question ? whence.current.ref : null) ?? (await choose(whence));
}

/** One of the items' texts, or what was typed instead; null when dismissed. */
function pickOrType(items: readonly Pick[], title: string): Promise<string | null> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<Pick>();
    pick.title = title;
    pick.placeholder = 'Pick what the model might have written, or type your own';
    pick.items = items;
    pick.onDidChangeValue((value) => {
      const typed: Pick[] =
        value === '' ? [] : [{ label: value, description: 'as typed', alwaysShow: true, text: value }];
      pick.items = [...items, ...typed];
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.text ?? null);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
  });
}
