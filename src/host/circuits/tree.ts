// Circuit files in the Test Explorer: files, their expectations, their cases. Files of the workspace are looked for when
// the explorer is first shown; one that is opened in an editor is there at once, saved or not.

import * as vscode from 'vscode';
import { caseNamesOf } from '../../core/circuitFile/cases';
import { followed } from '../../core/circuitFile/followed';
import { parseCircuit } from '../../core/circuitFile/parser';
import type { CircuitFile } from '../../core/circuitFile/syntax';
import { asWhenceError } from '../../core/errors';
import { Delay, Disposables } from '../disposables';
import { nameOf } from '../documents';
import { isCircuit } from './language';
import { textOf } from './read';

/** As `whence test` looks for them. */
const pattern = '**/*.circuit';
const passedOver = '{**/node_modules/**,**/.*/**}';
const mostFiles = 1000;
/** A file with more cases under its expectations shows none of them; failures name theirs all the same. */
const mostCases = 2000;
/** Milliseconds after the last key. */
const pause = 300;

/** What an item of the explorer stands for. */
export type Place =
  | { readonly kind: 'file' }
  | { readonly kind: 'expectation'; readonly index: number }
  | { readonly kind: 'case'; readonly index: number };

export class CircuitTree {
  readonly #disposables = new Disposables();
  readonly #places = new WeakMap<vscode.TestItem, Place>();
  /** How many expectations each file has had. */
  readonly #made = new WeakMap<vscode.TestItem, number>();
  readonly #edited = new Set<vscode.TextDocument>();
  readonly #readSoon = this.#disposables.add(new Delay(pause, () => this.#readEdited()));
  #found: Promise<void> | null = null;
  #watcher: vscode.FileSystemWatcher | null = null;

  constructor(readonly controller: vscode.TestController) {
    controller.resolveHandler = (item) => (item ? this.#resolve(item) : this.find());
    controller.refreshHandler = () => {
      this.#found = null;
      return this.find();
    };
    for (const disposable of [
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#closed(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (!isCircuit(document)) return;
        this.#edited.add(document);
        this.#readSoon.start();
      }),
    ])
      this.#disposables.add(disposable);
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  placeOf(item: vscode.TestItem): Place | undefined {
    return this.#places.get(item);
  }

  get files(): readonly vscode.TestItem[] {
    return [...this.controller.items].map(([, item]) => item);
  }

  /** The items of a file's expectations, in their order. */
  expectations(file: vscode.TestItem): readonly vscode.TestItem[] {
    return [...file.children].map(([, item]) => item);
  }

  /** The item of one of an expectation's cases; there may be none. */
  case(expectation: vscode.TestItem, index: number): vscode.TestItem | undefined {
    return expectation.children.get(String(index));
  }

  /** Looks for the workspace's files, once, and keeps looking. */
  find(): Promise<void> {
    this.#found ??= this.#findAll();
    return this.#found;
  }

  /**
   * Makes the file's items as its text has them. An expectation keeps its item wherever an edit moves it: whoever runs that
   * item again, as VS Code does on each save, means that expectation.
   */
  show(file: vscode.TestItem, text: string): CircuitFile | null {
    const { file: circuit, diagnostics } = parseCircuit(text);
    file.canResolveChildren = false;
    file.error = circuit ? undefined : diagnostics[0]?.message;
    // What was there stays while a mistake is being typed, and with it what was measured.
    if (circuit) {
      file.description = circuit.name;
      file.children.replace(this.#itemsOf(file, circuit));
    }
    return circuit;
  }

  async #findAll(): Promise<void> {
    this.#watcher ??= this.#watch();
    for (const uri of await vscode.workspace.findFiles(pattern, passedOver, mostFiles)) this.#file(uri);
  }

  #watch(): vscode.FileSystemWatcher {
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher(pattern));
    watcher.onDidCreate((uri) => {
      if (!isPassedOver(uri)) this.#file(uri);
    });
    watcher.onDidChange((uri) => {
      const known = this.controller.items.get(uri.toString());
      if (known || !isPassedOver(uri)) void this.#resolve(known ?? this.#file(uri));
    });
    watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString()));
    return watcher;
  }

  #file(uri: vscode.Uri): vscode.TestItem {
    const known = this.controller.items.get(uri.toString());
    if (known) return known;
    const label = uri.scheme === 'untitled' ? nameOf(uri.toString()) : vscode.workspace.asRelativePath(uri);
    const item = this.controller.createTestItem(uri.toString(), label, uri);
    item.canResolveChildren = true;
    this.#places.set(item, { kind: 'file' });
    this.controller.items.add(item);
    return item;
  }

  async #resolve(item: vscode.TestItem): Promise<void> {
    if (!item.uri || item.parent) return;
    try {
      this.show(item, await textOf(item.uri));
    } catch (thrown) {
      item.error = asWhenceError(thrown).message;
    }
  }

  #itemsOf(file: vscode.TestItem, circuit: CircuitFile): vscode.TestItem[] {
    const cases = caseNamesOf(circuit);
    // A single case says nothing that its expectation does not.
    const few = cases.length > 1 && cases.length * circuit.expectations.length <= mostCases;
    const shown = few ? cases : [];
    const before = this.expectations(file);
    const kept = followed(
      before.map(({ label }) => label),
      circuit.expectations.map(({ text }) => text),
    );
    return circuit.expectations.map(({ text, line, claim }, index) => {
      const item = before[kept[index] ?? -1] ?? this.#newExpectation(file);
      item.label = text;
      item.range = new vscode.Range(line - 1, 0, line - 1, 0);
      item.sortText = String(index).padStart(4, '0');
      this.#places.set(item, { kind: 'expectation', index });
      const own = claim.kind === 'role' ? [] : shown;
      item.children.replace(own.map((name, at) => this.#newCase(item, name, at)));
      return item;
    });
  }

  /** Its id is no other's, not even a former one's: VS Code keeps by it what was measured. */
  #newExpectation(file: vscode.TestItem): vscode.TestItem {
    const made = this.#made.get(file) ?? 0;
    this.#made.set(file, made + 1);
    return this.controller.createTestItem(String(made), '', file.uri);
  }

  #newCase(of: vscode.TestItem, name: string, index: number): vscode.TestItem {
    const item = this.case(of, index) ?? this.controller.createTestItem(String(index), name, of.uri);
    item.label = name;
    item.sortText = String(index).padStart(4, '0');
    this.#places.set(item, { kind: 'case', index });
    return item;
  }

  #opened(document: vscode.TextDocument): void {
    if (isCircuit(document) && isFile(document.uri)) this.show(this.#file(document.uri), document.getText());
  }

  #closed(document: vscode.TextDocument): void {
    this.#edited.delete(document);
    if (document.uri.scheme === 'untitled') this.controller.items.delete(document.uri.toString());
  }

  #readEdited(): void {
    for (const document of this.#edited) this.#opened(document);
    this.#edited.clear();
  }
}

/** The watcher has no pattern for what it is to leave out. */
function isPassedOver(uri: vscode.Uri): boolean {
  const folders = vscode.workspace.asRelativePath(uri, false).split('/').slice(0, -1);
  return folders.some((folder) => folder === 'node_modules' || folder.startsWith('.'));
}

/** And not another side of one, as the text before a change is that source control shows. */
function isFile({ scheme }: vscode.Uri): boolean {
  const own = vscode.workspace.workspaceFolders?.map(({ uri }) => uri.scheme) ?? [];
  return ['file', 'untitled', 'vscode-remote', ...own].includes(scheme);
}
