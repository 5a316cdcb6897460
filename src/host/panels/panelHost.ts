// The host's side of a panel: the page, and messages in both directions (core/panel.ts). Both panels show the same state.

import * as vscode from 'vscode';
import type { FromPanel, PanelCommand, ToPanel } from '../../core/panel';
import { runCommand } from '../contributions';
import { Delay, Disposables } from '../disposables';
import { loadPage } from './frame';
import { commandOf, ofToken } from './panelCommands';
import type { PanelModel } from './panelModel';

const updateDelay = 30;

export class PanelHost {
  readonly #disposables = new Disposables();
  /** Several things change at once, and typing changes something at every key. */
  readonly #soon = this.#disposables.add(new Delay(updateDelay, () => this.update()));
  #ready = false;
  /** A panel that is gone must not even be asked whether it is visible. */
  #ended = false;
  #load: () => void = () => {};
  /** When the page is there. */
  readonly loaded = new Promise<void>((resolve) => {
    this.#load = resolve;
  });

  constructor(
    private readonly webview: vscode.Webview,
    private readonly model: PanelModel,
    extension: vscode.Uri,
    private readonly visible: () => boolean,
  ) {
    this.#disposables.add(webview.onDidReceiveMessage((message: FromPanel) => this.#receive(message)));
    this.#disposables.add(model.onDidChange(() => this.#soon.start()));
    loadPage(webview, extension, { title: 'Whence: Explanation', name: 'explanation' });
  }

  /** Sends the state, and asks for what is missing in it, if anybody can see the panel. */
  update(): void {
    if (this.#ended || !this.#ready || !this.visible()) return;
    this.model.ask();
    void this.webview.postMessage(this.model.message satisfies ToPanel);
  }

  dispose(): void {
    this.#ended = true;
    this.#disposables.dispose();
  }

  #receive(message: FromPanel): void {
    switch (message.type) {
      case 'ready':
        this.#load();
        // Before that there seems to be nothing to show.
        void this.model.records.loaded.then(() => {
          this.#ready = true;
          this.update();
        });
        break;
      case 'select':
        this.model.select(message.index);
        break;
      case 'reveal':
        this.model.reveal(message.index);
        break;
      case 'mode':
        void runCommand(message.mode === 'plain' ? 'whence.plainMode' : 'whence.expertMode');
        break;
      case 'command':
        this.#run(message.command);
        break;
      case 'change':
      case 'look':
      case 'branch':
      case 'contrast':
      case 'method':
      case 'granularity':
      case 'go':
        this.model.question(message);
        break;
      case 'dismiss':
        this.model.board.clear();
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
    }
  }

  /** What is asked of a token is asked of the one that the panel shows, wherever the cursor stands. */
  #run(command: PanelCommand): void {
    const ref = this.model.shown;
    if (ref && command in ofToken) void runCommand(ofToken[command as keyof typeof ofToken], ref);
    else void runCommand(commandOf[command]);
  }
}
