import * as vscode from 'vscode';
import { showProbability, showToken } from '../../core/display';
import { statisticsOf, type WhenceRecord } from '../../core/record';

/** What might have been written: a token of the model's, or text that somebody typed. */
export interface Alternative {
  readonly text: string;
  /** Null for typed text. */
  readonly id: number | null;
}

interface Pick extends vscode.QuickPickItem, Alternative {}

/** Lets choose among what the model might have written in place of a token, or type it; null when dismissed. */
export function pickAlternative(
  record: WhenceRecord,
  index: number,
  title: string,
): Promise<Alternative | null> {
  const token = record.tokens[index]!;
  const others = (statisticsOf(record, index)?.alternatives ?? []).filter(({ id }) => id !== token.id);
  const items = others.map(
    ({ id, text, probability }, i): Pick => ({
      label: showToken(text),
      description: `p ${showProbability(probability)}`,
      detail: i === 0 ? 'The strongest rival' : undefined,
      text,
      id,
    }),
  );
  return pickOrType(items, title);
}

/** One of the items, or what was typed instead; null when dismissed. */
function pickOrType(items: readonly Pick[], title: string): Promise<Alternative | null> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<Pick>();
    pick.title = title;
    pick.placeholder = 'Pick what the model might have written, or type your own';
    pick.items = items;
    pick.onDidChangeValue((value) => {
      const typed: Pick[] =
        value === ''
          ? []
          : [{ label: value, description: 'as typed', alwaysShow: true, text: value, id: null }];
      pick.items = [...items, ...typed];
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0] ?? null);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
  });
}
