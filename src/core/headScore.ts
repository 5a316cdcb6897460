import type { Check, Source } from './explanation';

export interface HeadScoreParams {
  /** Token ids of the text, up to the query position at least. */
  readonly ids: readonly number[];
  readonly layer: number;
  readonly head: number;
  /** Index of the token from which the head looks. */
  readonly query: number;
  /** Index of the token it looks at, at most `query`. */
  readonly key: number;
}

/** What one part of the model wrote into the query or the key. */
export interface ScorePart {
  /** `L1H3`, `L0MLP`, `embed`, `pos` or `bias`. */
  readonly name: string;
  /** What it gives to the score before the softmax. */
  readonly score: number;
}

/**
 * One side of a score, the other held: what wrote into it, told in two ways. Σ components = the score, and
 * Σ tokens + remainder = the score.
 */
export interface ScoreSide {
  /** What each part wrote directly into the residual stream at this side's position, strongest first. */
  readonly components: readonly ScorePart[];
  /** What came from each token, through all earlier layers (secant), by position. */
  readonly tokens: readonly Source[];
  /** What comes from no token: biases. */
  readonly remainder: number;
}

/** A place a head looks at from the query position. */
export interface LookedAt {
  readonly index: number;
  /** Attention weight, in [0, 1]. */
  readonly weight: number;
  /** Before the softmax. */
  readonly score: number;
}

/** Why a head looks where it looks: one attention score before the softmax, and what it is made of. */
export interface HeadScore {
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
  /** Scaled and, where the model does so, capped; what the softmax is taken of. */
  readonly score: number;
  readonly weight: number;
  /** The mean score over all tokens the head can look at: a score counts by how far it stands above the others. */
  readonly mean: number;
  /** Where else it looks from there: the largest weights, strongest first. */
  readonly looked: readonly LookedAt[];
  readonly querySide: ScoreSide;
  readonly keySide: ScoreSide;
  readonly checks: readonly Check[];
}
