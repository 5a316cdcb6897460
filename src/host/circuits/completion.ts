// Completion in circuit files: what the grammar allows next, the parts of the loaded model, what the file declares.

import * as vscode from 'vscode';
import type { NameKind } from '../../core/circuitFile/cursor';
import { type ExpectedHere, expectedAt } from '../../core/circuitFile/expected';
import { partKindOf } from '../../core/circuitFile/names';
import { meaningOf } from '../../core/circuitFile/words';
import { type LoadedParts, partNames } from './parts';

/** A space begins the next word, a brace a slot within a text. */
export const triggers = [' ', '{'];

export class CircuitCompletion implements vscode.CompletionItemProvider {
  constructor(private readonly parts: LoadedParts) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionList> {
    const text = document.getText();
    const offset = document.offsetAt(position);
    const here = expectedAt(text, offset);
    if (here.inText) return new vscode.CompletionList(slotItems(document, position, here));

    const range = new vscode.Range(document.positionAt(here.start), position);
    const before = text.slice(0, here.start);
    const items = here.words.map((words, index) => wordItem(words, goesOn(before + words), order(index)));
    let complete = true;
    for (const kind of here.kinds) {
      const named = await this.#named(kind, here);
      complete &&= named.complete;
      items.push(...named.items);
    }
    for (const item of items) item.range = range;
    return new vscode.CompletionList(items, !complete);
  }

  /** Not complete while the model is being loaded or measured: asking again in a moment gives more. */
  async #named(
    kind: NameKind,
    { declared }: ExpectedHere,
  ): Promise<{ readonly items: vscode.CompletionItem[]; readonly complete: boolean }> {
    if (kind === 'language') return { items: await languageItems(), complete: true };
    if (kind === 'place') {
      const places = [...declared.places.keys()].map((name) =>
        nameItem(name, 'a place of this file', vscode.CompletionItemKind.Reference),
      );
      return { items: places, complete: true };
    }
    const groups = kind !== 'part' ? [] : [...declared.groups];
    const own = groups.map(([name, members]) =>
      nameItem(name, members.join(', '), vscode.CompletionItemKind.Module),
    );
    const known = await this.parts.known();
    if (!known) return { items: own, complete: false };
    const names = partNames(known.model).filter((name) => kind === 'part' || partKindOf(name) === kind);
    const parts = names.map((name, index) => {
      const item = nameItem(name, this.parts.describe(name, known), vscode.CompletionItemKind.Field);
      item.documentation = `A part of ${known.model.id}.`;
      item.sortText = `p${order(index)}`;
      return item;
    });
    return { items: [...own, ...parts], complete: known.scores !== null };
  }
}

/** Words keep the order of the grammar, in which what is said more often comes first. */
function wordItem(words: string, more: boolean, sortText: string): vscode.CompletionItem {
  const item = new vscode.CompletionItem(words, vscode.CompletionItemKind.Keyword);
  item.documentation = meaningOf(words);
  item.sortText = sortText;
  item.insertText = more ? `${words} ` : words;
  if (more) item.command = { command: 'editor.action.triggerSuggest', title: 'What comes next' };
  return item;
}

/** Whether a word or a name can follow. */
function goesOn(text: string): boolean {
  const { words, kinds } = expectedAt(`${text} `, text.length + 1);
  return words.length + kinds.length > 0;
}

function nameItem(name: string, detail: string, kind: vscode.CompletionItemKind): vscode.CompletionItem {
  const item = new vscode.CompletionItem({ label: name, description: detail }, kind);
  item.insertText = name;
  return item;
}

async function languageItems(): Promise<vscode.CompletionItem[]> {
  const languages = await vscode.languages.getLanguages();
  return languages.map((name) => new vscode.CompletionItem(name, vscode.CompletionItemKind.Value));
}

/** Slots with their braces, in place of those that stand around the cursor already. */
function slotItems(
  document: vscode.TextDocument,
  position: vscode.Position,
  { start, declared }: ExpectedHere,
): vscode.CompletionItem[] {
  const text = document.getText();
  const opened = text[start - 1] === '{';
  const closed = opened && text[document.offsetAt(position)] === '}';
  const range = new vscode.Range(
    document.positionAt(opened ? start - 1 : start),
    closed ? position.translate(0, 1) : position,
  );
  return [...declared.slots].map((name) => {
    const item = new vscode.CompletionItem(`{${name}}`, vscode.CompletionItemKind.Variable);
    item.documentation = `The values of the slot ${name}.`;
    item.filterText = opened ? `{${name}}` : name;
    item.range = range;
    return item;
  });
}

function order(index: number): string {
  return String(index).padStart(4, '0');
}
