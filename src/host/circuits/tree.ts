// Circuit files in the Test Explorer: files, their expectations, their cases. Files of the workspace are looked for when
// the explorer is first shown; one that is opened in an editor is there at once, saved or not.

import * as vscode from 'vscode';
import { caseNamesOf } from '../../core/circuitFile/cases';
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
  | { readonly kind: 'case'; readonly expectation: number; readonly index: number };

export class CircuitTree {
  readonly #disposables = new Disposables();
  readonly #places = new WeakMap<vscode.TestItem, Place>();
  readonly #edited = new Set<vscode.TextDocument>();
  readonly #readSoon = this.#disposables.add(new Delay(pause, () => this.#readEdited()));
  #found: Promise<void> | null = null;

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

  /** The item of an expectation, or of one of its cases; there may be none of a case. */
  item(file: vscode.TestItem, expectation: number, index?: number): vscode.TestItem | undefined {
    const item = file.children.get(String(expectation));
    return index === undefined ? item : item?.children.get(String(index));
  }

  /** Looks for the workspace's files, once, and keeps looking. */
  find(): Promise<void> {
    this.#found ??= this.#findAll();
    return this.#found;
  }

  /** Makes the file's items as its text has them. */
  show(file: vscode.TestItem, text: string): CircuitFile | null {
    const { file: circuit, diagnostics } = parseCircuit(text);
    file.canResolveChildren = false;
    file.error = circuit ? undefined : diagnostics[0]?.message;
    // What was there stays while a mistake is being typed, and with it what was measured.
    if (circuit) {
      file.description = circuit.name;
      file.children.replace(this.#expectations(file, circuit));
    }
    return circuit;
  }

  async #findAll(): Promise<void> {
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher(pattern));
    watcher.onDidCreate((uri) => this.#file(uri));
    watcher.onDidChange((uri) => void this.#resolve(this.#file(uri)));
    watcher.onDidDelete((uri) => this.controller.items.delete(uri.toString()));
    for (const uri of await vscode.workspace.findFiles(pattern, passedOver, mostFiles)) this.#file(uri);
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

  #expectations(file: vscode.TestItem, circuit: CircuitFile): vscode.TestItem[] {
    const cases = caseNamesOf(circuit);
    // A single case says nothing that its expectation does not.
    const few = cases.length > 1 && cases.length * circuit.expectations.length <= mostCases;
    const shown = few ? cases : [];
    return circuit.expectations.map(({ text, line, claim }, index) => {
      const item = this.controller.createTestItem(String(index), text, file.uri);
      item.range = new vscode.Range(line - 1, 0, line - 1, 0);
      item.sortText = String(index).padStart(4, '0');
      this.#places.set(item, { kind: 'expectation', index });
      if (claim.kind !== 'role')
        item.children.replace(shown.map((name, at) => this.#case(file, index, name, at)));
      return item;
    });
  }

  #case(file: vscode.TestItem, expectation: number, name: string, index: number): vscode.TestItem {
    const item = this.controller.createTestItem(String(index), name, file.uri);
    item.sortText = String(index).padStart(4, '0');
    this.#places.set(item, { kind: 'case', expectation, index });
    return item;
  }

  #opened(document: vscode.TextDocument): void {
    if (isCircuit(document)) this.show(this.#file(document.uri), document.getText());
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
