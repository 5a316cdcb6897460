// The side view Explanation: the full answer to why the current token is there.

import * as vscode from 'vscode';
import { views } from '../manifest';
import { PanelHost } from './panelHost';
import type { PanelModel } from './panelModel';

export class ExplanationView implements vscode.WebviewViewProvider {
  #view: vscode.WebviewView | null = null;

  constructor(
    private readonly model: PanelModel,
    private readonly extension: vscode.Uri,
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const host = new PanelHost(view.webview, this.model, this.extension, 'explanation', () => view.visible);
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
    // Only the command of the view opens one that was never open, and it takes the focus with it.
    const editor = vscode.window.activeTextEditor;
    await vscode.commands.executeCommand(`${views.explanation}.focus`);
    if (editor) await vscode.window.showTextDocument(editor.document, { viewColumn: editor.viewColumn });
  }
}
