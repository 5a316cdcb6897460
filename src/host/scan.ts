// Whence: Scan. Marks the few places where the model was torn between alternatives that change the meaning, or where a name
// is used that nothing supports.

import * as vscode from 'vscode';
import { showShare } from '../core/display';
import { escapeMarkdown } from '../core/markdown';
import { type ScanSpot, scanSpots } from '../core/scan';
import { recordSelection } from './commands/explainSelection';
import { setContext } from './contributions';
import { Disposables } from './disposables';
import { linesOf, offsetAt, rangeAt } from './documents';
import { scanStyle } from './markStyles';
import { editorBehind } from './reading';
import type { Whence } from './whence';
import { namesElsewhere } from './workspaceNames';

/** Lines that are read at a time: between two parts the scan can be withdrawn. */
const linesAtOnce = 40;
/** Few and strong marks: of those where the model was torn, the strongest. */
const mostTorn = 12;
const noticeMilliseconds = 8000;

interface Found extends ScanSpot {
  readonly range: vscode.Range;
}

export class Scan {
  readonly #disposables = new Disposables();
  /** Made by the first scan. */
  #styles: Readonly<Record<ScanSpot['kind'], vscode.TextEditorDecorationType>> | null = null;
  #shown: { readonly document: vscode.TextDocument; readonly found: readonly Found[] } | null = null;

  constructor() {
    this.#disposables.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()));
    this.#disposables.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // What was said of the text is not said of the changed one.
        if (document === this.#shown?.document && contentChanges.length > 0) this.clear();
      }),
    );
  }

  /** Scans the selection, or the whole document. */
  async run(whence: Whence): Promise<void> {
    const { document, selection } = vscode.window.activeTextEditor ?? (await editorBehind('scans'));
    this.clear();
    const spots = await this.#scan(whence, document, selection);
    const names = new Set(spots.flatMap(({ name }) => name ?? []));
    const elsewhere = await whence.work.run(
      'scanning: the workspace',
      (token) => namesElsewhere(names, document.uri, token),
      document,
    );
    const found = spots.filter(({ name }) => name === null || !elsewhere.has(name));
    const torn = found.filter(({ kind }) => kind === 'torn').sort((a, b) => b.weight - a.weight);
    const kept = [...found.filter(({ kind }) => kind === 'unsupported'), ...torn.slice(0, mostTorn)];
    this.#shown = { document, found: kept };
    this.#styles ??= {
      torn: this.#disposables.add(scanStyle('torn')),
      unsupported: this.#disposables.add(scanStyle('unsupported')),
    };
    setContext('whence.scanned', kept.length > 0);
    this.#draw();
    vscode.window.setStatusBarMessage(`Whence: ${summary(kept)}`, noticeMilliseconds);
  }

  clear(): void {
    this.#shown = null;
    setContext('whence.scanned', false);
    this.#draw();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #scan(
    whence: Whence,
    document: vscode.TextDocument,
    selection: vscode.Selection,
  ): Promise<readonly Found[]> {
    const first = selection.isEmpty ? 0 : selection.start.line;
    const last = selection.isEmpty ? document.lineCount - 1 : selection.end.line;
    const found: Found[] = [];
    for (let line = first; line <= last; line += linesAtOnce) {
      const until = Math.min(last, line + linesAtOnce - 1);
      const range = {
        start: offsetAt(document, new vscode.Position(line, 0)),
        end: offsetAt(document, document.lineAt(until).range.end),
      };
      const inside = linesOf(document).text.slice(range.start, range.end);
      // The first token of a document has nothing before it.
      if (inside.trim() === '' || range.end <= 1) continue;
      const done = showShare((line - first) / (last - first + 1));
      const record = await recordSelection(whence, document, range, `scanning (${done})`);
      const placed = whence.records.get(record.id)!;
      const spots = scanSpots(record, linesOf(document).text);
      if (spots.length === 0) await whence.records.delete(record.id);
      for (const spot of spots) {
        const start = placed.anchors.ranges[spot.indices[0]!]!.start;
        const end = placed.anchors.ranges[spot.indices.at(-1)!]!.end;
        const lead = linesOf(document).text.slice(start, end).search(/\S/);
        found.push({ ...spot, range: rangeAt(document, { start: start + Math.max(0, lead), end }) });
      }
    }
    return found;
  }

  #draw(): void {
    if (!this.#styles) return;
    for (const editor of vscode.window.visibleTextEditors) {
      const found = editor.document === this.#shown?.document ? this.#shown.found : [];
      for (const kind of ['torn', 'unsupported'] as const) {
        const options = found
          .filter((each) => each.kind === kind)
          .map(({ range, sentence }) => ({
            range,
            hoverMessage: new vscode.MarkdownString(escapeMarkdown(sentence)),
          }));
        editor.setDecorations(this.#styles[kind], options);
      }
    }
  }
}

function summary(found: readonly ScanSpot[]): string {
  const count = (kind: ScanSpot['kind']) => found.filter((each) => each.kind === kind).length;
  const [torn, unsupported] = [count('torn'), count('unsupported')];
  if (torn + unsupported === 0) return 'nothing here asks for a second look.';
  const names =
    unsupported === 1 ? '1 name that nothing supports' : `${unsupported} names that nothing supports`;
  const places = torn === 1 ? '1 place where the model was torn' : `${torn} places where the model was torn`;
  return `${[unsupported > 0 ? names : '', torn > 0 ? places : ''].filter(Boolean).join(', ')}.`;
}
