// A thin bar before the lines that hold text a model wrote, as long as that text is what it wrote.

import * as vscode from 'vscode';
import { mostBars } from '../core/marks';
import { setting } from './contributions';
import { Disposables } from './disposables';
import { linesOf } from './documents';
import { freshStyle } from './markStyles';
import type { Records } from './records/records';

export class FreshBars {
  readonly #disposables = new Disposables();
  #style: vscode.TextEditorDecorationType | null = null;

  constructor(private readonly records: Records) {
    const redraw = () => this.#draw();
    for (const disposable of [
      records.onDidChange(redraw),
      vscode.window.onDidChangeVisibleTextEditors(redraw),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('whence.marks')) redraw();
      }),
    ])
      this.#disposables.add(disposable);
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#style?.dispose();
  }

  #draw(): void {
    const off = setting('whence.marks') === 'never';
    for (const editor of vscode.window.visibleTextEditors) {
      const lines = off ? [] : this.#freshLines(editor.document);
      if (lines.length === 0 && !this.#style) continue;
      this.#style ??= freshStyle();
      editor.setDecorations(
        this.#style,
        lines.map((line) => editor.document.lineAt(line).range),
      );
    }
  }

  #freshLines(document: vscode.TextDocument): readonly number[] {
    const fresh = new Set<number>();
    for (const { record, anchors } of this.records.of(document)) {
      if (record.kind !== 'generated') continue;
      const lines = linesOf(document);
      for (let index = record.first; index < record.tokens.length; index++) {
        const token = record.tokens[index]!;
        // A line break or indentation alone is nothing to point at, nor is what stood there before.
        if (anchors.stale[index] || token.text.trim() === '' || token.end <= record.asked.start) continue;
        const { first, last } = lines.linesOf(anchors.ranges[index]!);
        for (let line = first; line <= last; line++) fresh.add(line);
      }
    }
    return [...fresh].sort((a, b) => a - b).slice(0, mostBars);
  }
}
