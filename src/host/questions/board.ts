// What was asked of the current token beside "why": one answer at a time, shown in the side view until another token is
// chosen or it is put away.

import * as vscode from 'vscode';
import type { Asked } from '../../core/asked/asked';
import type { Current } from '../current';
import { Disposables } from '../disposables';
import type { TokenRef } from '../manifest';

export interface BoardState {
  readonly answer: Asked | null;
  /** What is being done, in words; null when nothing is. */
  readonly progress: string | null;
}

export class Board {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #state: BoardState | null = null;
  /** The token it is about. */
  #token = '';

  constructor(private readonly current: Current) {
    this.#disposables.add(
      current.onDidChange(() => {
        if (this.#state && !this.#isAbout(current.ref)) this.clear();
      }),
    );
  }

  /** Null when nothing was asked of the current token. */
  get state(): BoardState | null {
    return this.#state;
  }

  clear(): void {
    this.#set(null);
  }

  /** Shows that something is being done, then what it found. The last answer stays until there is another. */
  async during(progress: string, work: (say: (progress: string) => void) => Promise<Asked>): Promise<Asked> {
    const token = tokenOf(this.current.ref);
    const before = this.#token === token ? (this.#state?.answer ?? null) : null;
    this.#token = token;
    const say = (now: string) => {
      if (this.#token === token && this.#state?.progress) this.#set({ answer: before, progress: now });
    };
    this.#set({ answer: before, progress });
    try {
      const answer = await work(say);
      if (this.#token === token) this.#set({ answer, progress: null });
      return answer;
    } catch (thrown) {
      if (this.#token === token) this.#set(before && { answer: before, progress: null });
      throw thrown;
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Both continuations of a branch may be looked at while it is shown. */
  #isAbout(ref: TokenRef | null): boolean {
    const answer = this.#state?.answer;
    const ends = answer?.kind === 'branched' ? [answer.original, answer.branch] : [];
    return this.#token === tokenOf(ref) || ends.some((end) => tokenOf(end) === tokenOf(ref));
  }

  #set(state: BoardState | null): void {
    this.#state = state;
    this.#changed.fire();
  }
}

function tokenOf(ref: TokenRef | null): string {
  return ref ? `${ref.record} ${ref.index}` : '';
}
