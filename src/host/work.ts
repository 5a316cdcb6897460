// What a command of ours is doing for the user right now: shown when it takes longer than half a second, and cancelled
// by Whence: Cancel (Escape), by typing, or by the next such command.

import * as vscode from 'vscode';
import { cancelled } from '../core/errors';
import { setContext } from './contributions';

/** Work that takes less is not worth a notice. */
const noticeDelay = 500;

export class Work {
  #running: { readonly title: string; readonly source: vscode.CancellationTokenSource } | null = null;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  /** What is being done, as `writing`; null when nothing is. */
  get title(): string | null {
    return this.#running?.title ?? null;
  }

  /** Runs `work`; with `document`, an edit of it withdraws the question. Rejects with `cancelled` when withdrawn. */
  async run<T>(
    title: string,
    work: (token: vscode.CancellationToken) => Promise<T>,
    document?: vscode.TextDocument,
  ): Promise<T> {
    this.cancel();
    const source = new vscode.CancellationTokenSource();
    const running = { title, source };
    this.#set(running);
    const typing = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document && event.contentChanges.length > 0) source.cancel();
    });
    try {
      const result = work(source.token);
      notice(title, result);
      const value = await result;
      if (source.token.isCancellationRequested) throw cancelled();
      return value;
    } finally {
      typing.dispose();
      if (this.#running === running) this.#set(null);
      source.dispose();
    }
  }

  cancel(): void {
    this.#running?.source.cancel();
    this.#set(null);
  }

  dispose(): void {
    this.cancel();
    this.#changed.dispose();
  }

  #set(running: { title: string; source: vscode.CancellationTokenSource } | null): void {
    if (this.#running === running) return;
    this.#running = running;
    setContext('whence.busy', running !== null);
    this.#changed.fire();
  }
}

function notice(title: string, work: Promise<unknown>): void {
  const timer = setTimeout(() => {
    const options = { location: vscode.ProgressLocation.Window, title: `Whence: ${title}` };
    void vscode.window.withProgress(options, () => work.then(ignore, ignore));
  }, noticeDelay);
  const stop = () => clearTimeout(timer);
  work.then(stop, stop);
}

function ignore(): void {}
