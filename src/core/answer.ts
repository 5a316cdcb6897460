import { showProbability, showRank, showShare } from './display';
import type { ExplainedToken, Explanation, HeadTrace, IndexedToken, Verification } from './explanation';
import { type HeadScores, headName } from './model';
import { type Origin, originOf } from './origin';
import { partOf, rolesOf } from './parts';

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

/**
 * An explanation as a sentence.
 *
 * @param headScores the roles that are named; null before they were measured
 * @param lineOf the document line, from 0, on which a context token starts
 */
export function answerOf(
  explanation: Explanation,
  headScores: readonly HeadScores[] | null,
  lineOf: (index: number) => number,
): Answer {
  const origin = originOf(explanation);
  const failed = explanation.verification?.holds === false;
  const warning: AnswerPart[] = failed
    ? [words('The explanation did not hold when it was checked. It would be: ')]
    : [];
  const parts = [...warning, ...sentenceOf(explanation, origin, headScores, lineOf, failed)];
  return {
    kind: origin.kind,
    confidence: confidenceOf(explanation.target),
    sentence: parts.map(({ text }) => text).join(''),
    parts,
    check: explanation.verification && checkSentence(explanation.verification, lineOf),
  };
}

/** From the probability and how far the next best choice lies behind. */
export function confidenceOf({ id, probability, alternatives }: ExplainedToken): Confidence {
  const rival = alternatives.find((alternative) => alternative.id !== id)?.probability ?? 0;
  if (probability >= 0.8) return 'sure';
  if (probability >= 0.3 && probability >= 2 * rival) return 'likely';
  return probability >= 0.1 ? 'torn' : 'guessing';
}

function sentenceOf(
  explanation: Explanation,
  origin: Origin,
  headScores: readonly HeadScores[] | null,
  lineOf: (index: number) => number,
  within: boolean,
): AnswerPart[] {
  const begin = (text: string) => words(within ? text.charAt(0).toLowerCase() + text.slice(1) : text);
  const place = (index: number): AnswerPart => ({ kind: 'place', text: `line ${lineOf(index) + 1}`, index });
  switch (origin.kind) {
    case 'copied': {
      const { last } = origin.span!;
      const line = code(lineText(explanation.tokens, last));
      return [
        begin('Copied from '),
        place(last),
        words(' ('),
        line,
        words(`)${copierWords(origin.copiers, headScores)}.`),
      ];
    }
    case 'composed':
      return [begin('Composed from the context'), ...sourceWords(explanation, place), words('.')];
    case 'recalled':
      return [
        begin('Recalled from the weights: '),
        words(
          `${showShare(Math.min(1, origin.recalled))} of its lead comes from the MLPs${mlpWords(explanation)}, `,
        ),
        words('not from any place in the context.'),
      ];
    case 'unknown':
      return [begin(unknownWords(explanation))];
  }
}

function unknownWords({ checks, total, target }: Explanation): string {
  const broken = checks.find(({ holds }) => !holds);
  if (broken) return `Not known well enough to say: the parts do not add up (${broken.name}).`;
  if (total <= 0) return 'Not known well enough to say: the model put this token below the average one.';
  return `Not known well enough to say: the model gave it only ${showProbability(target.probability)}, as its ${showRank(target.rank)}.`;
}

/** `, by an induction head (L3H1)`: by role where all the heads share one. */
function copierWords(copiers: readonly HeadTrace[], headScores: readonly HeadScores[] | null): string {
  if (copiers.length === 0) return '';
  const names = copiers.slice(0, namedHeads).map(({ layer, head }) => headName(layer, head));
  const roles = copiers
    .slice(0, namedHeads)
    .map(({ layer, head }) => rolesOf(headScores, layer, head).filter((role) => role !== 'previous')[0]);
  const [role] = roles;
  const kind = role !== undefined && roles.every((other) => other === role) ? `${role} ` : '';
  const article = names.length > 1 ? '' : /^[aeiou]/.test(kind) ? 'an ' : 'a ';
  return `, by ${kind ? article : names.length > 1 ? '' : 'the '}${kind}head${names.length > 1 ? 's' : ''} ${listed(names, 'and')}`;
}

/** `: mostly ‘def’ on line 3 and ‘self’ on line 7`, from the sources for it; nothing where there are none. */
function sourceWords({ sources, tokens }: Explanation, place: (index: number) => AnswerPart): AnswerPart[] {
  const strongest = sources
    .filter(
      ({ index, score }) =>
        score > 0 && tokens[index]!.text.trim() !== '' && tokens[index]!.end > tokens[index]!.start,
    )
    .sort((a, b) => b.score - a.score)
    .slice(0, namedSources);
  return strongest.flatMap(({ index }, at): AnswerPart[] => [
    words(at === 0 ? ': mostly ' : at === strongest.length - 1 ? ' and ' : ', '),
    code(shortened(tokens[index]!.text.trim())),
    words(' on '),
    place(index),
  ]);
}

/** ` 2 and 3`: the layers whose MLPs carry the most of what the MLPs bring. */
function mlpWords({ components }: Explanation): string {
  const mlps = components.flatMap(({ name, direct }) => {
    const part = partOf(name);
    return part?.kind === 'mlp' && direct > 0 ? [{ layer: part.layer, direct }] : [];
  });
  const all = mlps.reduce((sum, { direct }) => sum + direct, 0);
  const chosen: number[] = [];
  let carried = 0;
  for (const { layer, direct } of mlps.sort((a, b) => b.direct - a.direct)) {
    if (carried >= 0.7 * all || chosen.length === namedLayers) break;
    chosen.push(layer);
    carried += direct;
  }
  return chosen.length === 0
    ? ''
    : ` of layer${chosen.length > 1 ? 's' : ''} ${listed(chosen.sort((a, b) => a - b).map(String), 'and')}`;
}

function checkSentence(verification: Verification, lineOf: (index: number) => number): string {
  const { named, probability, holds } = verification;
  const lines = [...new Set(named.map((index) => lineOf(index) + 1))].sort((a, b) => a - b).map(String);
  const where = `${named.length === 1 ? 'this token' : `these ${named.length} tokens`} of line${lines.length > 1 ? 's' : ''} ${listed(lines, 'and')}`;
  const change = `${probability.named < probability.before ? 'falls' : 'does not fall: it goes'} from ${showProbability(probability.before)} to ${showProbability(probability.named)}`;
  const random = `without as many random tokens to ${showProbability(probability.random)}`;
  return holds
    ? `Checked: without ${where} the probability ${change}; ${random}.`
    : `Not confirmed: without ${where} the probability ${change}; ${random}.`;
}

const namedHeads = 3;
const namedSources = 3;
const namedLayers = 3;
const longestCode = 40;

/** The line of code that a token stands on, as far as the context goes. */
function lineText(tokens: readonly IndexedToken[], index: number): string {
  const printed = tokens.map(({ start, end, text }) => (start === end ? '' : text));
  const before = printed.slice(0, index + 1).join('');
  const start = before.lastIndexOf('\n', before.trimEnd().length) + 1;
  return shortened((before.slice(start) + printed.slice(index + 1).join('')).trim().split('\n', 1)[0]!);
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > longestCode ? `${characters.slice(0, longestCode - 1).join('')}…` : text;
}

function listed(items: readonly string[], conjunction: string): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}

function words(text: string): AnswerPart {
  return { kind: 'words', text };
}

function code(text: string): AnswerPart {
  return { kind: 'code', text };
}
