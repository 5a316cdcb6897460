// The Circuit panel beside the editor: the circuit that is traced for a token, or opened from a file. There is one; it
// comes back with the window.

import * as vscode from 'vscode';
import type { FromCircuitPanel, ToCircuitPanel } from '../../core/circuitPanel';
import { runCommand, setting } from '../contributions';
import { Delay, Disposables } from '../disposables';
import { offsetAt } from '../documents';
import type { CircuitAnswers } from '../graphs/answers';
import type { Circuits } from '../graphs/circuits';
import { circuitPanelType } from '../manifest';
import type { Records } from '../records/records';
import { loadPage } from './frame';
import { commandOf } from './panelCommands';

/** A circuit that grows changes several times at once. */
const updateDelay = 30;

export class CircuitPanel implements vscode.WebviewPanelSerializer {
  #open: Open | null = null;

  constructor(
    private readonly circuits: Circuits,
    private readonly answers: CircuitAnswers,
    private readonly records: Records,
    private readonly extension: vscode.Uri,
  ) {}

  show(): void {
    if (this.#open) {
      this.#open.panel.reveal(undefined, true);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.#adopt(vscode.window.createWebviewPanel(circuitPanelType, 'Circuit', place));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#open) {
      panel.dispose();
      return;
    }
    this.#adopt(panel);
    await this.circuits.restore();
  }

  dispose(): void {
    this.#open?.panel.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extension, 'media', 'circuit-light.svg'),
      dark: vscode.Uri.joinPath(this.extension, 'media', 'circuit-dark.svg'),
    };
    const open = new Open(panel, this.circuits, this.answers, this.records, this.extension);
    this.#open = open;
    panel.onDidDispose(() => {
      open.dispose();
      this.#open = null;
    });
  }
}

/** The panel while it is there. */
class Open {
  readonly #disposables = new Disposables();
  readonly #soon = this.#disposables.add(new Delay(updateDelay, () => this.#update()));
  #ready = false;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly circuits: Circuits,
    private readonly answers: CircuitAnswers,
    private readonly records: Records,
    extension: vscode.Uri,
  ) {
    const { webview } = panel;
    const post = (message: ToCircuitPanel) => void webview.postMessage(message);
    for (const disposable of [
      webview.onDidReceiveMessage((message: FromCircuitPanel) => this.#receive(message, post)),
      panel.onDidChangeViewState(() => this.#soon.start()),
      circuits.onDidChange(() => this.#soon.start()),
      answers.onDidAnswer((message) => this.#ready && post(message)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('whence.mode') && this.#ready) post(modeMessage());
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => this.#follow(event, post)),
    ])
      this.#disposables.add(disposable);
    loadPage(webview, extension, { title: 'Whence: Circuit', name: 'graph' });
  }

  dispose(): void {
    this.#ready = false;
    this.#disposables.dispose();
  }

  #update(): void {
    if (!this.#ready || !this.panel.visible) return;
    void this.panel.webview.postMessage(this.answers.message satisfies ToCircuitPanel);
  }

  #receive(message: FromCircuitPanel, post: (message: ToCircuitPanel) => void): void {
    switch (message.type) {
      case 'ready':
        // Before that there seems to be nothing to show.
        void this.records.loaded.then(() => {
          this.#ready = true;
          post(modeMessage());
          this.#update();
        });
        break;
      case 'mode':
        void runCommand(message.mode === 'plain' ? 'whence.plainMode' : 'whence.expertMode');
        break;
      case 'command':
        void runCommand(commandOf[message.command]);
        break;
      default:
        void this.answers.answer(message);
    }
  }

  /** The cursor on a token of the text brings its column to the front; a cursor that a program moved does not. */
  #follow(
    { kind, textEditor, selections }: vscode.TextEditorSelectionChangeEvent,
    post: (message: ToCircuitPanel) => void,
  ): void {
    const { shown } = this.circuits;
    if (!this.#ready || !this.panel.visible || shown.kind !== 'circuit' || !shown.question) return;
    const byHand = [
      vscode.TextEditorSelectionChangeKind.Mouse,
      vscode.TextEditorSelectionChangeKind.Keyboard,
    ];
    if (kind === undefined || !byHand.includes(kind)) return;
    const { record, index } = shown.question;
    const ranges = this.records.get(record.id)?.anchors.ranges;
    if (!ranges || textEditor.document.uri.toString() !== record.document) return;
    const offset = offsetAt(textEditor.document, selections[0]!.active);
    const position = ranges.findIndex(({ start, end }) => offset >= start && offset < end);
    if (position < 0 || position > index) return;
    post({ type: 'go', node: position < index ? `t${position}` : `logit${record.tokens[index]!.id}` });
  }
}

function modeMessage(): ToCircuitPanel {
  return { type: 'mode', mode: setting('whence.mode') };
}
