// Marks in the editor: what the current token came from. Nothing is coloured until somebody asks; then the marks stay
// right through edits until they are cleared.

import * as vscode from 'vscode';
import { spreadScores } from '../core/granularity';
import { type MarkName, type Marks, markNames, marksOf } from '../core/marks';
import { setContext, setting } from './contributions';
import type { Current } from './current';
import { Delay, Disposables } from './disposables';
import { rangeAt } from './documents';
import type { Explainer, Question } from './explainer';
import { markStyle } from './markStyles';
import type { Board } from './questions/board';
import type { PlacedRecord, Records } from './records/records';
import type { Segmenter } from './segmenter';
import { unitsFor } from './tokenView';

/** The cursor has to rest so long on a token before it is explained. */
const cursorDelay = 150;

export class MarksController {
  readonly #styles = new Map<MarkName, vscode.TextEditorDecorationType>();
  readonly #disposables = new Disposables();
  readonly #cursor = this.#disposables.add(new Delay(cursorDelay, () => this.#follow()));
  /** Editors that show marks now. */
  readonly #marked = new Set<vscode.TextEditor>();
  #shown = false;
  #follows = false;

  constructor(
    private readonly records: Records,
    private readonly current: Current,
    private readonly explainer: Explainer,
    private readonly board: Board,
    private readonly segmenter: Segmenter,
  ) {
    const redraw = () => this.#draw();
    for (const disposable of [
      records.onDidChange(redraw),
      current.onDidChange(redraw),
      explainer.onDidChange(redraw),
      board.onDidChange(redraw),
      segmenter.onDidChange(redraw),
      vscode.window.onDidChangeVisibleTextEditors(redraw),
      vscode.window.onDidChangeTextEditorSelection(() => this.#follows && this.#cursor.start()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('whence.marks')) this.#configure();
      }),
    ])
      this.#disposables.add(disposable);
    this.#configure();
  }

  /** Marks the sources of the current token, and asks for them if need be. */
  show(): void {
    if (setting('whence.marks') === 'never') return;
    this.#setShown(true);
  }

  clear(): void {
    this.follow(false);
    this.#setShown(false);
  }

  /** Whether the token under the cursor becomes the current one. */
  follow(on: boolean): void {
    this.#follows = on;
    setContext('whence.followsCursor', on);
    if (on) this.#follow();
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const style of this.#styles.values()) style.dispose();
  }

  #configure(): void {
    const marks = setting('whence.marks');
    if (marks === 'never') this.clear();
    else this.follow(marks === 'cursor');
  }

  #setShown(shown: boolean): void {
    this.#shown = shown;
    setContext('whence.marks', shown);
    this.#draw();
  }

  #follow(): void {
    const editor = vscode.window.activeTextEditor;
    const ref = editor && this.records.at(editor.document, editor.selection.active);
    if (!ref) return;
    this.current.ref = ref;
    this.show();
  }

  #draw(): void {
    const question = this.#shown ? this.current.question : null;
    const placed = question && this.records.get(question.record.id);
    const marks = question && placed && this.#marksFor(question, placed);
    for (const editor of vscode.window.visibleTextEditors) {
      if (marks && editor.document.uri.toString() === question?.record.document) this.#set(editor, marks);
      else if (this.#marked.has(editor)) this.#set(editor, null);
    }
    for (const editor of this.#marked) {
      if (!vscode.window.visibleTextEditors.includes(editor)) this.#marked.delete(editor);
    }
  }

  #marksFor(question: Question, { record, anchors }: PlacedRecord): Marks {
    const fresh = !anchors.stale[question.index];
    if (fresh) this.explainer.want(question, 'selected');
    const explanation = fresh ? this.explainer.known(question).explanation : null;
    const units = explanation && unitsFor(record, explanation, this.segmenter, this.current.granularity);
    const sources = units ? spreadScores(units, record.tokens) : explanation?.sources;
    const asked = this.board.state?.answer;
    const copied = asked?.kind === 'copied' && asked.copied ? asked.span : null;
    return marksOf(record, anchors, record.first, question, sources ?? null, copied);
  }

  #set(editor: vscode.TextEditor, marks: Marks | null): void {
    if (marks) this.#marked.add(editor);
    else this.#marked.delete(editor);
    for (const name of markNames) {
      const ranges = marks?.get(name) ?? [];
      if (ranges.length === 0 && !this.#styles.has(name)) continue;
      editor.setDecorations(
        this.#style(name),
        ranges.map((range) => rangeAt(editor.document, range)),
      );
    }
  }

  #style(name: MarkName): vscode.TextEditorDecorationType {
    const known = this.#styles.get(name);
    if (known) return known;
    const style = markStyle(name);
    this.#styles.set(name, style);
    return style;
  }
}
