import type { AnswerPart } from './answer';
import { code, place, words } from './answerParts';
import { nameToken, showProbability, showRank, showShare, showSigned } from './display';
import type { Explanation, HeadTrace, IndexedToken, Verification } from './explanation';
import { type HeadRole, type HeadScores, headName } from './model';
import type { Origin } from './origin';
import { partOf, rolesOf } from './parts';
import { spanSentence } from './spanSentence';

/** The document line, from 0, on which a context token starts. */
type LineOf = (index: number) => number;

/** Where a token came from, in one sentence. */
export function originSentence(
  explanation: Explanation,
  origin: Origin,
  headScores: readonly HeadScores[] | null,
  lineOf: LineOf,
): AnswerPart[] {
  if (explanation.span && explanation.checks.every(({ holds }) => holds)) {
    return spanSentence(explanation.span, lineOf);
  }
  switch (origin.kind) {
    case 'copied': {
      const { last } = origin.span!;
      const line = lineText(explanation.tokens, last);
      const quoted = line === '' ? [] : [words(' ('), code(line), words(')')];
      return [
        words('Copied from '),
        place(last, lineOf),
        ...quoted,
        words(copierWords(origin.copiers, headScores)),
        ...strongerWords(explanation, last, lineOf),
        words('.'),
      ];
    }
    case 'composed':
      return [words('Composed from the context'), ...sourceWords(explanation, origin, lineOf), words('.')];
    case 'recalled': {
      const share = showShare(Math.min(1, origin.recalled));
      const lead = explanation.contrast ? `lead over ${nameToken(explanation.contrast.text)}` : 'lead';
      const { recall, target } = explanation;
      const kept = recall
        ? `; with other code in place of all but the last ${recall.nearby} tokens it keeps ${showProbability(recall.probability)} of its ${showProbability(target.probability)}`
        : ', and it was copied from no place in the context';
      return [
        words(
          `Recalled from the weights: ${share} of its ${lead} comes from the MLPs${mlpWords(explanation)}${kept}.`,
        ),
      ];
    }
    case 'unknown':
      return [words(unknownWords(explanation))];
  }
}

/** What the measured check found. It is about the sources that are named, whatever the sentence above it says. */
export function checkSentence(
  verification: Verification,
  lineOf: LineOf,
  ofSpan: boolean,
  mode: 'plain' | 'expert',
): string {
  const { named, probability, holds, effect, randomEffect } = verification;
  const lines = [...new Set(named.map((index) => lineOf(index) + 1))].sort((a, b) => a - b).map(String);
  const tokens = named.length === 1 ? 'this token' : `these ${named.length} tokens`;
  const where = `${tokens} of line${lines.length > 1 ? 's' : ''} ${listed(lines)}`;
  const before = showProbability(probability.before);
  const after = showProbability(probability.named);
  const probable = ofSpan ? 'the mean probability of a token' : 'the probability';
  const verdict = holds ? 'Sources checked' : 'Sources not confirmed';
  if (probability.named <= mostLeft * probability.before && before !== after) {
    const random = showProbability(probability.random);
    return `${verdict}: without ${where} ${probable} falls from ${before} to ${after}; without as many random tokens to ${random}.`;
  }
  if (mode === 'plain') {
    const random = showProbability(probability.random);
    return `${verdict}: without ${where} ${probable} goes from ${before} to ${after}; without as many random tokens to ${random}.`;
  }
  const logits = (drop: number) => `${showSigned(-drop)} logits`;
  return `${verdict}: without ${where} ${probable} goes from ${before} to ${after}, its lead changes by ${logits(effect)}; without as many random tokens by ${logits(randomEffect)}.`;
}

/** A probability that keeps more than this share of itself has not visibly fallen. */
const mostLeft = 0.9;

function unknownWords({ checks, metric, total, target, contrast }: Explanation): string {
  const broken = checks.find(({ holds }) => !holds);
  if (broken) return `Not known well enough to say: the parts do not add up (${broken.name}).`;
  // Never positive, and no lead over other tokens.
  if (metric === 'logProbability') {
    return 'Not known well enough to say: the parts that were counted make up no lead over other tokens.';
  }
  if (total <= 0) {
    const other = contrast ? nameToken(contrast.text) : 'the average token';
    return `Not known well enough to say: the model put this token below ${other}.`;
  }
  const probability = showProbability(target.probability);
  return `Not known well enough to say: the model gave it only ${probability}, as its ${showRank(target.rank)}.`;
}

/** From the most telling role to the least. */
const tellingRoles: readonly HeadRole[] = ['induction', 'duplicate', 'copying'];

/** `, by an induction head (L3H1)`: by role where the heads share one. */
function copierWords(copiers: readonly HeadTrace[], headScores: readonly HeadScores[] | null): string {
  const named = copiers.slice(0, namedHeads);
  if (named.length === 0) return '';
  const role = tellingRoles.find((telling) =>
    named.every(({ layer, head }) => rolesOf(headScores, layer, head).includes(telling)),
  );
  const names = listed(named.map(({ layer, head }) => headName(layer, head)));
  if (named.length > 1) return `, by ${role ? `${role} ` : ''}heads (${names})`;
  const article = role === 'induction' ? 'an' : 'a';
  return role ? `, by ${article} ${role} head (${names})` : `, by head ${names}`;
}

/** `: mostly `def` on line 3 and `self` on line 7`, from the strongest sources; nothing where that is nothing. */
function sourceWords(
  { sources, tokens }: Explanation,
  { occurrences }: Origin,
  lineOf: LineOf,
): AnswerPart[] {
  const strongest = sources
    .filter(({ index, score }) => score > 0 && isReadable(tokens[index]!) && !occurrences.includes(index))
    .sort((a, b) => b.score - a.score)
    .slice(0, namedSources);
  return strongest.flatMap(({ index }, at): AnswerPart[] => [
    words(at === 0 ? ': mostly ' : at === strongest.length - 1 ? ' and ' : ', '),
    code(shortened(tokens[index]!.text.trim())),
    words(' on '),
    place(index, lineOf),
  ]);
}

/** Where something on another line moved a copied token more than the copy itself: ` (its strongest source is …)`. */
function strongerWords(
  { sources, tokens, target }: Explanation,
  copied: number,
  lineOf: LineOf,
): AnswerPart[] {
  const [strongest] = sources
    .filter(({ index }) => index < target.index - 1 && isReadable(tokens[index]!))
    .sort((a, b) => b.score - a.score);
  if (!strongest || lineOf(strongest.index) === lineOf(copied)) return [];
  const text = shortened(tokens[strongest.index]!.text.trim());
  return [words('; its strongest source is '), code(text), words(' on '), place(strongest.index, lineOf)];
}

function isReadable({ text, start, end }: IndexedToken): boolean {
  return text.trim() !== '' && end > start;
}

/** ` of layers 2 and 3`: those that carry the most of what the MLPs bring. */
function mlpWords({ components }: Explanation): string {
  const mlps = components.flatMap(({ name, direct }) => {
    const part = partOf(name);
    return part?.kind === 'mlp' && direct > 0 ? [{ layer: part.layer, direct }] : [];
  });
  const enough = mostOf * mlps.reduce((sum, { direct }) => sum + direct, 0);
  const chosen: number[] = [];
  let carried = 0;
  for (const { layer, direct } of mlps.sort((a, b) => b.direct - a.direct)) {
    if (carried >= enough || chosen.length === namedLayers) break;
    chosen.push(layer);
    carried += direct;
  }
  if (chosen.length === 0) return '';
  return ` of layer${chosen.length > 1 ? 's' : ''} ${listed(chosen.sort((a, b) => a - b).map(String))}`;
}

const namedHeads = 3;
const namedSources = 3;
const namedLayers = 3;
const mostOf = 0.7;
const longestCode = 40;

/** The line of code that a token stands on, as far as the text goes. */
function lineText(tokens: readonly IndexedToken[], index: number): string {
  const printed = tokens.map(({ start, end, text }) => (start === end ? '' : text));
  const before = printed.slice(0, index + 1).join('');
  const start = before.lastIndexOf('\n', before.trimEnd().length) + 1;
  const line = (before.slice(start) + printed.slice(index + 1).join('')).trim().split('\n', 1)[0]!;
  return shortened(line.trim());
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > longestCode ? `${characters.slice(0, longestCode - 1).join('')}…` : text;
}

function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
