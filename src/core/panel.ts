import type { Answer } from './answer';
import type { Asked } from './asked/asked';
import type { Explanation, Method } from './explanation';
import type { Granularity, ScoredUnit } from './granularity';
import type { HeadScores } from './model';
import type { ContextChange } from './whatIf';

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
    /** How it was steered when it was written, in words; null when it was not. */
    readonly steered: string | null;
  };
  readonly tokens: readonly PanelToken[];
  /** Index of the first token that can be chosen. */
  readonly first: number;
  readonly selected: number;
  /** Behind the last token that is explained: `selected + 1`, or the end of a span. */
  readonly end: number;
  readonly method: Method;
  /** How finely sources are told apart, and their sums; null for single tokens, and until they are known. */
  readonly granularity: Granularity;
  readonly units: readonly ScoredUnit[] | null;
  readonly mode: 'plain' | 'expert';
  /** Null while it is being computed. */
  readonly explanation: Explanation | null;
  readonly answer: Answer | null;
  /** What was asked of the token beside "why"; null when nothing was. */
  readonly asked: { readonly answer: Asked | null; readonly progress: string | null } | null;
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
export type PanelCommand =
  | 'whyNot'
  | 'copiedFrom'
  | 'whatChanges'
  | 'branchHere'
  | 'holdsWhenRenamed'
  | 'showCircuit'
  | 'saveCircuitTest'
  | 'completeHere'
  | 'clearMarks'
  | 'showLog';

/** Webview → host. */
export type FromPanel =
  | { readonly type: 'ready' }
  /** Explain another token of the same record. */
  | { readonly type: 'select'; readonly index: number }
  /** Show a token in the editor. */
  | { readonly type: 'reveal'; readonly index: number }
  | { readonly type: 'mode'; readonly mode: 'plain' | 'expert' }
  | { readonly type: 'command'; readonly command: PanelCommand }
  /** What would change the token: a change of its context, all sources one after another, or something with one word. */
  | { readonly type: 'change'; readonly change: ContextChange | 'rank' | { readonly word: number } }
  /** Why a head looks at a token from where the selected one is predicted. */
  | { readonly type: 'look'; readonly layer: number; readonly head: number; readonly key: number }
  /** Go on from another token, by its id. */
  | { readonly type: 'branch'; readonly alternative: { readonly id: number; readonly text: string } }
  /** Show and explain a token of any record. */
  | { readonly type: 'go'; readonly record: string; readonly index: number }
  | { readonly type: 'method'; readonly method: Method }
  | { readonly type: 'granularity'; readonly granularity: Granularity }
  /** Compare the token with another one, or explain it by itself. */
  | { readonly type: 'contrast'; readonly text: string | null }
  /** Put the answer to a question beside "why" away. */
  | { readonly type: 'dismiss' }
  | { readonly type: 'copy'; readonly text: string };
