// The token that the side view, the circuit panel and the marks are about: one in a window.

import * as vscode from 'vscode';
import { defaultMethod, type Method } from '../core/explanation';
import type { Granularity } from '../core/granularity';
import type { WhenceRecord } from '../core/record';
import type { Question } from './explainer';
import type { TokenRef } from './manifest';
import type { Records } from './records/records';

const stored = 'whence.current';

/** How sources are computed. */
export interface How {
  readonly method: Method;
  /** Token ids of another context, of the token it was chosen for. */
  readonly counterfactual?: readonly number[];
}

export class Current {
  #ref: TokenRef | null;
  #asked = false;
  #how: How = { method: defaultMethod };
  #granularity: Granularity = 'token';
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
    if (keyOf(now) === keyOf(ref)) return;
    // Another text to compare with is one of the token's own.
    if (this.#how.counterfactual) this.#how = { method: defaultMethod };
    this.#ref = ref;
    void this.state.update(stored, ref ?? undefined);
    this.#changed.fire();
  }

  get how(): How {
    return this.#how;
  }

  setHow(how: How): void {
    this.#asked = true;
    this.#how = how;
    this.#changed.fire();
  }

  get granularity(): Granularity {
    return this.#granularity;
  }

  set granularity(granularity: Granularity) {
    this.#granularity = granularity;
    this.#changed.fire();
  }

  /** What is asked of the token; null when there is none or its record is gone. */
  get question(): Question | null {
    const question = this.#ref && questionOf(this.#ref, this.records);
    return question && { ...question, ...this.#how };
  }

  get record(): WhenceRecord | null {
    return this.question?.record ?? null;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** The question a reference stands for, by the default method; null when its record is gone. */
export function questionOf(ref: TokenRef, records: Records): Question | null {
  const record = records.get(ref.record)?.record;
  if (!record || record.tokens[ref.index] === undefined) return null;
  const { index, contrast = null, end = index + 1 } = ref;
  return { record, index, end, contrast, method: defaultMethod };
}

function keyOf(ref: TokenRef | null): string {
  return ref ? JSON.stringify([ref.record, ref.index, ref.end ?? ref.index + 1, ref.contrast ?? null]) : '';
}
