// Completion in circuit and audit files: what the grammar allows next, the parts of the loaded model, what the file declares.

import * as vscode from 'vscode';
import type { NameKind } from '../../core/circuitFile/cursor';
import { type ExpectedHere, expectedAt } from '../../core/circuitFile/expected';
import { quoted } from '../../core/circuitFile/lexer';
import { partKindOf } from '../../core/circuitFile/names';
import type { FileKind } from '../../core/circuitFile/parser';
import { meaningOf } from '../../core/circuitFile/words';
import { asWhenceError } from '../../core/errors';
import { foundModels } from '../foundModels';
import type { Whence } from '../whence';
import { kindOf } from './language';
import { type LoadedParts, partNames } from './parts';

/** A space begins the next word, a brace a slot within a text. */
export const triggers = [' ', '{'];

/** Files of models that are looked for in the workspace. */
const mostFiles = 50;

export class CircuitCompletion implements vscode.CompletionItemProvider {
  constructor(
    private readonly parts: LoadedParts,
    private readonly whence: Pick<Whence, 'engine' | 'extension' | 'log'>,
  ) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionList> {
    const text = document.getText();
    const offset = document.offsetAt(position);
    const kind = kindOf(document) ?? 'circuit';
    const here = expectedAt(text, offset, kind);
    if (here.inText && here.kinds.includes('model')) {
      return new vscode.CompletionList(await this.#models(document, position));
    }
    if (here.inText) return new vscode.CompletionList(slotItems(document, position, here));

    const range = new vscode.Range(document.positionAt(here.start), position);
    const before = text.slice(0, here.start);
    const items = here.words.map((words, index) =>
      wordItem(words, goesOn(before + words, kind), order(index)),
    );
    let complete = true;
    for (const name of here.kinds) {
      const named = await this.#named(name, here);
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
    if (kind === 'model') {
      const items = (await this.#modelNames()).map(([name, detail]) => nameItem(quoted(name), detail, model));
      return { items, complete: true };
    }
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

  /** In a text that is open already, in place of what was written of it. */
  async #models(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionItem[]> {
    const line = document.lineAt(position.line).text.slice(0, position.character);
    const range = new vscode.Range(new vscode.Position(position.line, line.lastIndexOf('"') + 1), position);
    return (await this.#modelNames()).map(([name, detail]) => {
      const item = nameItem(name, detail, model);
      item.range = range;
      return item;
    });
  }

  /** Models of this machine by name, and those of the workspace by their paths, each with what it is. */
  async #modelNames(): Promise<(readonly [string, string])[]> {
    const found = await foundModels(this.whence).catch((thrown: unknown) => {
      this.whence.log.warn(`Models were not looked for: ${asWhenceError(thrown).message}`);
      return [];
    });
    const usable = found.filter(({ problem }) => problem === null);
    const files = await vscode.workspace.findFiles(
      '**/{*.gguf,config.json}',
      '**/node_modules/**',
      mostFiles,
    );
    const paths = files.map((uri) =>
      vscode.workspace.asRelativePath(uri, false).replace(/\/?config\.json$/, ''),
    );
    return [
      ...usable.map(({ id, architecture }) => [id, architecture] as const),
      ...paths.filter((path) => path !== '').map((path) => [path, 'in this workspace'] as const),
    ];
  }
}

const model = vscode.CompletionItemKind.Module;

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
function goesOn(text: string, kind: FileKind): boolean {
  const { words, kinds } = expectedAt(`${text} `, text.length + 1, kind);
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
