import type { Change } from './change/change';
import type { Metric } from './explanation';
import type { Sampling } from './generation';
import type { ModelIdentity } from './model';
import type { Alternative } from './statistics';

/** A question to the model as it is and to the model with changes. */
export interface InterveneParams {
  /** Token ids of the whole text, the asked token's context at least. */
  readonly ids: readonly number[];
  /** Index of the asked token in `ids`; `ids.length` asks for the token that would come next. */
  readonly position: number;
  /** Ask about this token instead of the one at `position` (text; its first token counts); null for that one. */
  readonly target: string | null;
  /** The metric is then the difference to this text's logit, of which the first token that differs counts. */
  readonly contrast: string | null;
  readonly changes: readonly Change[];
  /** Attention looks where it looks in the model as it is: its patterns are held. */
  readonly freezeAttention: boolean;
  /** How many tokens to go on with, before and after; 0 for none. */
  readonly continuation: number;
  /** How those are chosen; absent, greedily. */
  readonly sampling?: Sampling;
}

/** Tokens that a continuation has at most. */
export const longestContinuation = 256;

/** What the model said, with or without the changes. */
export interface Outcome {
  /** In the unit of the metric: logits. */
  readonly metric: number;
  /** Of the target, in [0, 1]. */
  readonly probability: number;
  /** Of the target; 1 for the first choice. */
  readonly rank: number;
  /** Of the next token, in bits. */
  readonly entropy: number;
  /** The five most probable next tokens, best first. */
  readonly top: readonly Alternative[];
  /** Null where none was asked for. */
  readonly continuation: { readonly text: string; readonly ids: readonly number[] } | null;
}

/** What the changes did. */
export interface Intervened {
  readonly schemaVersion: 1;
  readonly model: ModelIdentity;
  readonly metric: Exclude<Metric, 'logProbability'>;
  readonly target: { readonly id: number; readonly text: string };
  readonly contrast: { readonly id: number; readonly text: string } | null;
  /** The changes as `printChange` writes them: the kind of an ablation is always told. */
  readonly changes: readonly string[];
  readonly freezeAttention: boolean;
  readonly before: Outcome;
  readonly after: Outcome;
}
