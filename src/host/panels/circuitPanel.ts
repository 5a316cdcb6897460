// The Circuit panel beside the editor: by which parts of the model the current token was written. There is one; it comes
// back with the window.

import * as vscode from 'vscode';
import { circuitPanelType } from '../manifest';
import { PanelHost } from './panelHost';
import type { PanelModel } from './panelModel';

export class CircuitPanel implements vscode.WebviewPanelSerializer {
  #panel: vscode.WebviewPanel | null = null;

  constructor(
    private readonly model: PanelModel,
    private readonly extension: vscode.Uri,
  ) {}

  show(): void {
    if (this.#panel) {
      this.#panel.reveal(undefined, true);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.#adopt(vscode.window.createWebviewPanel(circuitPanelType, 'Circuit', place));
  }

  /** What the panel shows is the current token, which is kept by itself. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#panel) panel.dispose();
    else this.#adopt(panel);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extension, 'media', 'circuit-light.svg'),
      dark: vscode.Uri.joinPath(this.extension, 'media', 'circuit-dark.svg'),
    };
    const host = new PanelHost(panel.webview, this.model, this.extension, 'circuit', () => panel.visible);
    panel.onDidChangeViewState(() => host.update());
    panel.onDidDispose(() => {
      host.dispose();
      this.#panel = null;
    });
  }
}
