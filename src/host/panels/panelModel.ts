// What both panels show, as one message, and what they can ask of the editor.

import * as vscode from 'vscode';
import type { FromPanel, ToPanel } from '../../core/panel';
import { isExplainable } from '../../core/record';
import { runCommand, setting } from '../contributions';
import type { Current } from '../current';
import { Disposables } from '../disposables';
import type { Explainer } from '../explainer';
import type { TokenRef } from '../manifest';
import type { Board } from '../questions/board';
import type { Records } from '../records/records';
import type { Segmenter } from '../segmenter';
import { panelStateFor, unitsFor } from '../tokenView';

const notAgain =
  'Nothing was asked since this window was opened. Rest the mouse on a token, or explain the one at the cursor.';
const nothingYet = 'Nothing is explained yet. Let the model write something, or select code and explain it.';

type PanelQuestion = Extract<
  FromPanel,
  { type: 'change' | 'look' | 'branch' | 'contrast' | 'go' | 'method' | 'granularity' }
>;

export class PanelModel {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  /** Fires when the message is another one. */
  readonly onDidChange = this.#changed.event;

  constructor(
    readonly records: Records,
    private readonly current: Current,
    private readonly explainer: Explainer,
    readonly board: Board,
    private readonly segmenter: Segmenter,
  ) {
    const fire = () => this.#changed.fire();
    for (const disposable of [
      records.onDidChange(fire),
      current.onDidChange(fire),
      explainer.onDidChange(fire),
      board.onDidChange(fire),
      segmenter.onDidChange(fire),
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
    const known = panelStateFor(placed, question, this.explainer, setting('whence.mode'));
    const { granularity } = this.current;
    const { explanation } = known;
    const units = explanation && unitsFor(placed.record, explanation, this.segmenter, granularity);
    return { type: 'show', state: { ...known, asked: this.board.state, granularity, units } };
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

  /** The token that is shown; null where there is none. */
  get shown(): TokenRef | null {
    const { ref, question } = this.current;
    return ref && question && { record: ref.record, index: ref.index };
  }

  /** A question beside "why" about the token that is shown. */
  question(message: PanelQuestion): void {
    const { shown } = this;
    if (!shown) return;
    switch (message.type) {
      case 'change': {
        const { change } = message;
        const asked = typeof change === 'object' && 'word' in change ? change : { change };
        void runCommand('whence.whatChanges', { ...shown, ...asked });
        break;
      }
      case 'look': {
        const { layer, head, key } = message;
        void runCommand('whence.whyHeadLooks', { ...shown, look: { layer, head, key } });
        break;
      }
      case 'branch':
        void runCommand('whence.branchHere', { ...shown, alternative: message.alternative });
        break;
      case 'method':
        void runCommand('whence.chooseMethod', { ...shown, method: message.method });
        break;
      case 'granularity':
        void runCommand('whence.chooseGranularity', { ...shown, granularity: message.granularity });
        break;
      case 'contrast':
        this.current.ref = message.text === null ? shown : { ...shown, contrast: message.text };
        break;
      case 'go': {
        const ref = { record: message.record, index: message.index };
        this.current.ref = ref;
        void runCommand('whence.revealToken', ref);
        break;
      }
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
