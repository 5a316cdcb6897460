import { words } from './answerParts';
import { checkSentence, originSentence } from './answerSentence';
import type { ExplainedToken, Explanation } from './explanation';
import type { HeadScores } from './model';
import { originOf } from './origin';
import { plainSentence } from './plainSentence';
import { type Surroundings, unsupportedName, unsupportedSentence } from './unsupported';

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
  /** The warning of a name that nothing supports, one sentence; null where there is none. */
  readonly unsupported: string | null;
  /** What the measured check found, one sentence; null when it was not run. */
  readonly check: string | null;
  /** The sentence and the check for people without the field's vocabulary. */
  readonly plain: { readonly parts: readonly AnswerPart[]; readonly check: string | null };
}

/**
 * An explanation as a sentence.
 *
 * @param headScores the roles that are named; null before they were measured
 * @param lineOf the document line, from 0, on which a context token starts
 * @param around what else than the context may support a name; null where that is not known
 */
export function answerOf(
  explanation: Explanation,
  headScores: readonly HeadScores[] | null,
  lineOf: (index: number) => number,
  around: Surroundings | null = null,
): Answer {
  const origin = originOf(explanation);
  const failed = explanation.verification?.holds === false;
  const said = originSentence(explanation, origin, headScores, lineOf);
  const warned = (parts: readonly AnswerPart[]) => (failed ? [words(warning), ...parts] : parts);
  const parts = warned(said);
  const check = (mode: 'plain' | 'expert') =>
    explanation.verification &&
    checkSentence(explanation.verification, lineOf, explanation.span !== null, mode);
  const unsupported = unsupportedName(explanation, origin, around);
  return {
    unsupported: unsupported && unsupportedSentence(unsupported),
    kind: origin.kind,
    confidence: confidenceOf(leastSure(explanation)),
    sentence: parts.map(({ text }) => text).join(''),
    parts,
    check: check('expert'),
    plain: { parts: warned(plainSentence(explanation, origin, said)), check: check('plain') },
  };
}

const warning = 'The explanation did not hold when it was checked. It said: ';

/** Of a span the token of the least probability, whose next best is not known. */
function leastSure({ span, target }: Explanation): ExplainedToken {
  const [least] = span?.toSorted((a, b) => a.probability - b.probability) ?? [];
  return least ? { ...target, ...least, alternatives: [] } : target;
}

/** From the probability and how far the next best choice lies behind. */
export function confidenceOf({ id, probability, alternatives }: ExplainedToken): Confidence {
  const rival = alternatives.find((alternative) => alternative.id !== id)?.probability ?? 0;
  if (probability >= 0.8) return 'sure';
  if (probability >= 0.3 && probability >= 2 * rival) return 'likely';
  return probability >= 0.1 ? 'torn' : 'guessing';
}
