// What was last measured, beside each expectation in the editor. An edit that changes what is measured makes it faint
// until the file is run again; one that does not, as a comment, leaves it.

import * as vscode from 'vscode';
import { failureSentence } from '../../core/circuitFile/failure';
import { expectationsIn, identityOf } from '../../core/circuitFile/identity';
import type { CircuitResult, ExpectationResult } from '../../core/circuitFile/result';
import { Disposables } from '../disposables';
import { colors } from '../manifest';
import { isCircuit } from './language';
import { promptFiles, type ReadCircuit } from './read';

interface Kept {
  readonly identity: string;
  readonly result: ExpectationResult;
  /** A file with a prompt was changed since. */
  old: boolean;
}

interface KeptFile {
  /** By the expectation's text. */
  readonly results: Map<string, Kept>;
  readonly prompts: ReadonlySet<string>;
}

export class Measured {
  readonly #disposables = new Disposables();
  readonly #files = new Map<string, KeptFile>();
  #style: vscode.TextEditorDecorationType | null = null;

  constructor() {
    for (const disposable of [
      vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.#promptChanged(document.uri.toString());
        if (isCircuit(document)) this.#draw();
      }),
    ])
      this.#disposables.add(disposable);
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#style?.dispose();
  }

  /** Keeps what was measured of some of a file's expectations. */
  keep({ uri, file }: ReadCircuit, indices: readonly number[], { expectations }: CircuitResult): void {
    const results = this.#files.get(uri.toString())?.results ?? new Map<string, Kept>();
    for (const [at, result] of expectations.entries()) {
      const identity = identityOf(file, file.expectations[indices[at]!]!);
      results.set(result.text, { identity, result, old: false });
    }
    const prompts = new Set(promptFiles(uri, file).map((prompt) => prompt.toString()));
    this.#files.set(uri.toString(), { results, prompts });
    this.#draw();
  }

  /** What was last measured of an expectation; null when nothing was, or it was another one then. */
  of({ uri, file }: ReadCircuit, index: number): ExpectationResult | null {
    const expectation = file.expectations[index]!;
    const kept = this.#files.get(uri.toString())?.results.get(expectation.text);
    return kept && !kept.old && kept.identity === identityOf(file, expectation) ? kept.result : null;
  }

  #promptChanged(uri: string): void {
    for (const { results, prompts } of this.#files.values()) {
      if (!prompts.has(uri)) continue;
      for (const kept of results.values()) kept.old = true;
      this.#draw();
    }
  }

  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const kept = isCircuit(editor.document) && this.#files.get(editor.document.uri.toString());
      if (!kept) continue;
      this.#style ??= vscode.window.createTextEditorDecorationType({
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      });
      editor.setDecorations(this.#style, decorations(editor.document, kept));
    }
  }
}

function decorations(document: vscode.TextDocument, { results }: KeptFile): vscode.DecorationOptions[] {
  return expectationsIn(document.getText()).flatMap(({ text, line, identity }) => {
    const kept = results.get(text);
    if (!kept) return [];
    const stale = kept.old || identity !== kept.identity;
    const { holds, measured, expected } = kept.result;
    // VS Code writes the failure there itself, over whatever stands there.
    if (!holds && !stale && writesFailures()) return [];
    const mark = holds ? '✓' : '✗';
    const color = new vscode.ThemeColor(stale ? colors.stale : holds ? colors.holds : colors.fails);
    const end = document.lineAt(line).range.end;
    return [
      {
        range: new vscode.Range(end, end),
        hoverMessage: stale
          ? `Measured before the file was changed: ${measured}. Run it again.`
          : failureSentence(measured, expected),
        renderOptions: {
          after: {
            contentText: stale ? `before the change: ${measured}` : `${mark} ${measured}`,
            color,
            margin: '0 0 0 2em',
            fontStyle: stale ? 'italic' : 'normal',
          },
        },
      },
    ];
  });
}

function writesFailures(): boolean {
  return vscode.workspace.getConfiguration('testing').get('gutterEnabled') !== false;
}
