import type { Answer } from './answer';
import type { Explanation } from './explanation';
import type { HeadScores } from './model';

/** A token as the panels draw it. */
export interface PanelToken {
  readonly index: number;
  readonly text: string;
  /** The document line it starts on, from 0. */
  readonly line: number;
  /** Null for context tokens, which the record has no statistics of. */
  readonly probability: number | null;
  readonly stale: boolean;
  readonly special: boolean;
}

/** Everything the side view *Explanation* and the *Circuit* panel show; the host sends it whole at each change. */
export interface PanelState {
  readonly record: {
    readonly id: string;
    readonly title: string;
    readonly model: string;
    readonly precision: string;
  };
  readonly tokens: readonly PanelToken[];
  /** Index of the first token that can be chosen. */
  readonly first: number;
  readonly selected: number;
  readonly mode: 'plain' | 'expert';
  /** Null while it is being computed. */
  readonly explanation: Explanation | null;
  readonly answer: Answer | null;
  /** Null until the roles were measured. */
  readonly headScores: readonly HeadScores[] | null;
  /** What is being done right now, in words; null when nothing is. */
  readonly progress: string | null;
  /** A sentence when the question could not be answered. */
  readonly error: string | null;
}

/** Host → webview. `empty` shows what to do first. */
export type ToPanel =
  | { readonly type: 'empty'; readonly message: string }
  | { readonly type: 'show'; readonly state: PanelState };

/** Commands a panel may ask the host to run for the selected token. */
export type PanelCommand = 'whyNot' | 'showCircuit' | 'completeHere' | 'clearMarks' | 'showLog';

/** Webview → host. */
export type FromPanel =
  | { readonly type: 'ready' }
  /** Explain another token of the same record. */
  | { readonly type: 'select'; readonly index: number }
  /** Show a token in the editor. */
  | { readonly type: 'reveal'; readonly index: number }
  | { readonly type: 'mode'; readonly mode: 'plain' | 'expert' }
  | { readonly type: 'command'; readonly command: PanelCommand }
  | { readonly type: 'copy'; readonly text: string };
