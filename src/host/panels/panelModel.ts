// What both panels show, as one message, and what they can ask of the editor.

import * as vscode from 'vscode';
import type { ToPanel } from '../../core/panel';
import { isExplainable } from '../../core/record';
import { runCommand, setting } from '../contributions';
import type { Current } from '../current';
import { Disposables } from '../disposables';
import type { Explainer } from '../explainer';
import type { Records } from '../records/records';
import { panelStateFor } from '../tokenView';

const notAgain =
  'Nothing was asked since this window was opened. Rest the mouse on a token, or explain the one at the cursor.';
const nothingYet = 'Nothing is explained yet. Let the model write something, or select code and explain it.';

export class PanelModel {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  /** Fires when the message is another one. */
  readonly onDidChange = this.#changed.event;

  constructor(
    readonly records: Records,
    private readonly current: Current,
    private readonly explainer: Explainer,
  ) {
    const fire = () => this.#changed.fire();
    for (const disposable of [
      records.onDidChange(fire),
      current.onDidChange(fire),
      explainer.onDidChange(fire),
      vscode.workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration('whence.mode') && fire(),
      ),
    ])
      this.#disposables.add(disposable);
  }

  get message(): ToPanel {
    const { question } = this.current;
    const placed = question && this.records.get(question.record.id);
    if (!question || !placed) return { type: 'empty', message: nothingYet };
    if (!this.current.asked && !this.explainer.known(question).explanation)
      return { type: 'empty', message: notAgain };
    return { type: 'show', state: panelStateFor(placed, question, this.explainer, setting('whence.mode')) };
  }

  /** Asks for the explanation of the current token. */
  ask(): void {
    const { question, asked } = this.current;
    if (!asked) return;
    const placed = question && this.records.get(question.record.id);
    if (question && placed && !placed.anchors.stale[question.index])
      this.explainer.want(question, 'selected');
  }

  select(index: number): void {
    const { record } = this.current;
    if (record && isExplainable(record, index)) this.current.ref = { record: record.id, index };
  }

  reveal(index: number): void {
    const { record } = this.current;
    if (record) void runCommand('whence.revealToken', { record: record.id, index });
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
