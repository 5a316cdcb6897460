// The token that the side view, the circuit panel and the marks are about: one in a window.

import * as vscode from 'vscode';
import type { WhenceRecord } from '../core/record';
import type { Question } from './explainer';
import type { TokenRef } from './manifest';
import type { Records } from './records/records';

const stored = 'whence.current';

export class Current {
  #ref: TokenRef | null;
  #asked = false;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly records: Records,
    private readonly state: vscode.Memento,
  ) {
    this.#ref = state.get<TokenRef>(stored) ?? null;
  }

  get ref(): TokenRef | null {
    return this.#ref;
  }

  /** False for the token of the last window until somebody asks: opening a window must not start the engine. */
  get asked(): boolean {
    return this.#asked;
  }

  set ref(ref: TokenRef | null) {
    this.#asked = true;
    const now = this.#ref;
    if (now?.record === ref?.record && now?.index === ref?.index && now?.contrast === ref?.contrast) return;
    this.#ref = ref;
    void this.state.update(stored, ref ?? undefined);
    this.#changed.fire();
  }

  /** What is asked of the token; null when there is none or its record is gone. */
  get question(): Question | null {
    return this.#ref && questionOf(this.#ref, this.records);
  }

  get record(): WhenceRecord | null {
    return this.question?.record ?? null;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** The question a reference stands for; null when its record is gone. */
export function questionOf(ref: TokenRef, records: Records): Question | null {
  const record = records.get(ref.record)?.record;
  if (!record || record.tokens[ref.index] === undefined) return null;
  return { record, index: ref.index, contrast: ref.contrast ?? null };
}
