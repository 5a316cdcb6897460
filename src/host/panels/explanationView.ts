// The side view Explanation: the full answer to why the current token is there.

import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { views } from '../manifest';
import { PanelHost } from './panelHost';
import type { PanelModel } from './panelModel';

/** Milliseconds that a page may take to load before the focus goes back to the editor all the same. */
const patience = 2000;

export class ExplanationView implements vscode.WebviewViewProvider {
  #view: vscode.WebviewView | null = null;
  #loaded: () => void = () => {};
  readonly #firstPage = new Promise<void>((resolve) => {
    this.#loaded = resolve;
  });

  constructor(
    private readonly model: PanelModel,
    private readonly extension: vscode.Uri,
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const host = new PanelHost(view.webview, this.model, this.extension, () => view.visible);
    void host.loaded.then(this.#loaded);
    view.onDidChangeVisibility(() => host.update());
    view.onDidDispose(() => {
      host.dispose();
      if (this.#view === view) this.#view = null;
    });
  }

  /** Brings the view to the front; the editor keeps the focus. */
  async show(): Promise<void> {
    if (this.#view) {
      this.#view.show(true);
      return;
    }
    // Only the command of the view opens one that was never open, and the focus goes there with its page.
    await vscode.commands.executeCommand(`${views.explanation}.focus`);
    await Promise.race([this.#firstPage, sleep(patience)]);
    if (vscode.window.activeTextEditor)
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
  }
}
