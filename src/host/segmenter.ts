// The names, lines, statements and blocks of records' texts, by grammar: asked of the engine once for each.

import * as vscode from 'vscode';
import { asWhenceError } from '../core/errors';
import type { Segments } from '../core/granularity';
import type { WhenceRecord } from '../core/record';
import type { EngineProcess } from './engine/process';

/** Texts whose segments are kept. */
const most = 50;

export class Segmenter {
  readonly #known = new Map<string, Segments | null>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when more segments are known. */
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly engine: EngineProcess,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** What is known of a record's text; what is not is asked for, and null until then. */
  of({ id, text, language }: WhenceRecord): Segments | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    this.#known.set(id, null);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= most) break;
      this.#known.delete(oldest);
    }
    void this.#ask(id, { text, language: language === 'plaintext' ? null : language });
    return null;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #ask(id: string, params: { readonly text: string; readonly language: string | null }): Promise<void> {
    try {
      this.#known.set(id, await this.engine.request('segments', params));
      this.#changed.fire();
    } catch (thrown) {
      this.#known.delete(id);
      this.log.warn(`The text was not cut into statements: ${asWhenceError(thrown).message}`);
    }
  }
}
