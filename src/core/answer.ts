export type AnswerKind = 'copied' | 'composed' | 'recalled' | 'unknown';

/** Confidence in words, from the probability and its margin over the next best. */
export type Confidence = 'sure' | 'likely' | 'torn' | 'guessing';

/** An explanation in words for people without the field's vocabulary; the same in hover, panel and terminal. */
export interface Answer {
  readonly kind: AnswerKind;
  readonly confidence: Confidence;
  /** The sentence that answers "where did this come from?"; if the check failed it says so first. */
  readonly sentence: string;
  /** What the measured check found, one sentence; null when it was not run. */
  readonly check: string | null;
}
