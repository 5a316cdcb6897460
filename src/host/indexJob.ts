// The making of an index, which takes minutes and lets everything else go on. The status item shows how far it is.

import * as vscode from 'vscode';
import type { CorpusRequest } from '../core/partIndex/status';
import { setContext } from './contributions';
import type { EngineProcess } from './engine/process';
import type { PartIndex } from './partIndex';

/** Milliseconds for which the status bar says that it is done. */
const noticeTime = 5000;

export class IndexJob {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #source: vscode.CancellationTokenSource | null = null;
  #fraction = 0;

  constructor(
    private readonly engine: EngineProcess,
    private readonly parts: PartIndex,
  ) {}

  /** What is being done, as `indexing 34%`; null when nothing is. */
  get title(): string | null {
    return this.#source && `indexing ${Math.floor(this.#fraction * 100)}%`;
  }

  /** Makes the index of the loaded model. Rejects with `cancelled` when it was paused or cancelled. */
  async run(corpus: CorpusRequest): Promise<void> {
    this.pause();
    const source = new vscode.CancellationTokenSource();
    this.#set(source);
    try {
      await this.engine.request(
        'index/build',
        { corpus },
        {
          token: source.token,
          onNotification: ({ name, params }) => {
            if (name !== 'progress' || params.fraction === null || this.#source !== source) return;
            this.#fraction = params.fraction;
            this.#changed.fire();
          },
        },
      );
      this.parts.clear();
      vscode.window.setStatusBarMessage('Whence: the index of the model’s parts is ready', noticeTime);
    } finally {
      if (this.#source === source) this.#set(null);
      source.dispose();
    }
  }

  /** Ends the job; what was measured is kept for the next time. */
  pause(): void {
    this.#source?.cancel();
    this.#set(null);
  }

  /** Ends the job and forgets what was measured. */
  async cancel(): Promise<void> {
    this.pause();
    await this.engine.request('index/discard', {});
  }

  dispose(): void {
    this.pause();
    this.#changed.dispose();
  }

  #set(source: vscode.CancellationTokenSource | null): void {
    if (this.#source === source) return;
    this.#source = source;
    this.#fraction = 0;
    setContext('whence.indexing', source !== null);
    this.#changed.fire();
  }
}
