// A webview with the page's end of the messages in the test's hands.

import { EventEmitter, type Uri } from './types';

class FakeWebview {
  options: unknown;
  html = '';
  readonly cspSource = 'https://panel.test';
  /** What the host sent, oldest first. */
  readonly sent: unknown[] = [];
  readonly #received = new EventEmitter<unknown>();
  readonly onDidReceiveMessage = this.#received.event;

  async postMessage(message: unknown): Promise<boolean> {
    this.sent.push(message);
    return true;
  }

  asWebviewUri(uri: Uri): { toString(): string } {
    return { toString: () => uri.toString().replace('file://', 'https://panel.test') };
  }

  /** A message of the page. */
  says(message: unknown): void {
    this.#received.fire(message);
  }
}

/** A view or a panel. */
export class FakePanel {
  readonly webview = new FakeWebview();
  visible = true;
  iconPath: unknown;
  readonly #disposed = new EventEmitter<void>();
  readonly #visibility = new EventEmitter<void>();
  readonly onDidDispose = this.#disposed.event;
  readonly onDidChangeVisibility = this.#visibility.event;
  readonly onDidChangeViewState = this.#visibility.event;

  constructor(readonly title: string) {}

  show(): void {}
  reveal(): void {}

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.#visibility.fire();
  }

  dispose(): void {
    this.#disposed.fire();
  }
}
