export type AnswerKind = 'copied' | 'composed' | 'recalled' | 'unknown';

/** Confidence in words, from the probability and its margin over the next best. */
export type Confidence = 'sure' | 'likely' | 'torn' | 'guessing';

/**
 * A stretch of a sentence. `words` is plain prose; `code` is text of a program or of a token, to be escaped and set as
 * code; `place` names a line and may be linked to the context token `index`.
 */
export type AnswerPart =
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'place'; readonly text: string; readonly index: number };

/** An explanation in words for people without the field's vocabulary; the same in hover, panel and terminal. */
export interface Answer {
  readonly kind: AnswerKind;
  readonly confidence: Confidence;
  /** The sentence that answers "where did this come from?"; if the check failed it says so first. `parts` in a row. */
  readonly sentence: string;
  /** The same sentence in stretches, for renderers that link places and escape code. */
  readonly parts: readonly AnswerPart[];
  /** What the measured check found, one sentence; null when it was not run. */
  readonly check: string | null;
}
