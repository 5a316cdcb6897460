// Circuit and audit files in the editor: what is wrong with one, as it is typed, and Format Document.

import * as vscode from 'vscode';
import { parseAudit } from '../../core/circuitFile/auditFile';
import { formatCircuit } from '../../core/circuitFile/format';
import { parseCircuit } from '../../core/circuitFile/parser';
import { Delay, Disposables } from '../disposables';
import { bothLanguages, circuitLanguage, kindOf } from './language';

/** Milliseconds after the last key. */
const pause = 200;

export class CircuitCheck implements vscode.DocumentFormattingEditProvider {
  readonly #faults = vscode.languages.createDiagnosticCollection(circuitLanguage);
  readonly #disposables = new Disposables();
  readonly #waiting = new Set<vscode.TextDocument>();
  readonly #checkSoon = new Delay(pause, () => this.#checkWaiting());

  constructor() {
    for (const disposable of [
      this.#faults,
      this.#checkSoon,
      vscode.languages.registerDocumentFormattingEditProvider(bothLanguages, this),
      vscode.workspace.onDidOpenTextDocument((document) => this.#check(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#faults.delete(document.uri)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (!kindOf(document)) return;
        this.#waiting.add(document);
        this.#checkSoon.start();
      }),
    ])
      this.#disposables.add(disposable);
    for (const document of vscode.workspace.textDocuments) this.#check(document);
  }

  provideDocumentFormattingEdits(document: vscode.TextDocument): vscode.TextEdit[] {
    const text = document.getText();
    const formatted = formatCircuit(text);
    const whole = new vscode.Range(document.positionAt(0), document.positionAt(text.length));
    return formatted === text ? [] : [vscode.TextEdit.replace(whole, formatted)];
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #checkWaiting(): void {
    for (const document of this.#waiting) if (!document.isClosed) this.#check(document);
    this.#waiting.clear();
  }

  #check(document: vscode.TextDocument): void {
    const kind = kindOf(document);
    if (!kind) return;
    const { diagnostics } = (kind === 'audit' ? parseAudit : parseCircuit)(document.getText());
    const faults = diagnostics.map(({ start, end, message }) => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
      return new vscode.Diagnostic(range, message);
    });
    this.#faults.set(document.uri, faults);
  }
}
