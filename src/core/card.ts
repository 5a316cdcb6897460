import { type Answer, type Confidence, confidenceOf } from './answer';
import type { Explanation } from './explanation';
import { type HeadScores, headName } from './model';
import { roleName, rolesOf } from './parts';
import { sourceShades } from './shading';
import type { Alternative, TokenStatistics } from './statistics';
import type { Token } from './text';

/** A stretch of the context on one line that the token came from. */
export interface CardSource {
  /** Its first token. */
  readonly index: number;
  /** Document line, from 0. */
  readonly line: number;
  readonly text: string;
  /** In [0, 1], of all that the context brought for the token. */
  readonly share: number;
}

export interface CardHead {
  readonly name: string;
  /** As people call it: `induction`, `previous token`; empty before it was measured, or when it plays none. */
  readonly role: string;
  /** Direct contribution in logits. */
  readonly direct: number;
}

/** What a hover says of a token: a few lines, words first, of which the later ones may still be unknown. */
export interface Card {
  readonly text: string;
  readonly probability: number;
  readonly rank: number;
  readonly confidence: Confidence;
  /** The most probable other tokens. */
  readonly instead: readonly Alternative[];
  /** What follows is null until the token was explained. */
  readonly answer: Answer | null;
  readonly from: readonly CardSource[] | null;
  /** "after 3 of 4 layers"; null when it was never the first choice. */
  readonly settled: string | null;
  readonly heads: readonly CardHead[] | null;
  /** Whether the measured check was run and held; null before that. */
  readonly holds: boolean | null;
}

const shownSources = 3;
const shownAlternatives = 3;
const shownHeads = 3;

/** The card of a token from what is known of it so far. `lineOf` gives the document line of a context token. */
export function cardOf(
  token: Token,
  statistics: TokenStatistics,
  explained: { readonly explanation: Explanation; readonly answer: Answer } | null,
  headScores: readonly HeadScores[] | null,
  lineOf: (index: number) => number,
): Card {
  const { probability, rank, alternatives } = statistics;
  const explanation = explained?.explanation ?? null;
  return {
    text: token.text,
    probability,
    rank,
    confidence: confidenceOf({ index: 0, id: token.id, text: token.text, ...statistics }),
    instead: alternatives.filter((other) => other.id !== token.id).slice(0, shownAlternatives),
    answer: explained?.answer ?? null,
    from: explanation && sourcesOf(explanation, lineOf),
    settled: explanation && settledOf(explanation),
    heads: explanation && headsOf(explanation, headScores),
    holds: explanation?.verification?.holds ?? null,
  };
}

/** The strongest stretches: neighbouring tokens of one line that are all marked as speaking for the token. */
function sourcesOf(
  { sources, tokens }: Explanation,
  lineOf: (index: number) => number,
): readonly CardSource[] {
  const all = sources.reduce((sum, { score }) => sum + Math.max(0, score), 0);
  const shades = sourceShades(sources);
  const supporting = sources
    .filter(({ index }) => (shades.get(index) ?? 0) > 0 && tokens[index]!.start < tokens[index]!.end)
    .sort((a, b) => a.index - b.index);
  const stretches: { index: number; last: number; line: number; text: string; share: number }[] = [];
  for (const { index, score } of supporting) {
    const line = lineOf(index);
    const text = tokens[index]!.text;
    const before = stretches.at(-1);
    if (before && before.last === index - 1 && before.line === line && !before.text.includes('\n')) {
      before.last = index;
      before.text += text;
      before.share += score / all;
    } else {
      stretches.push({ index, last: index, line, text, share: score / all });
    }
  }
  return stretches
    .sort((a, b) => b.share - a.share)
    .slice(0, shownSources)
    .map(({ index, line, text, share }) => ({ index, line, text, share }));
}

function settledOf({ settled, lens }: Explanation): string | null {
  if (settled === null) return null;
  return settled === 0 ? 'from the start' : `after ${settled} of ${lens.length - 1} layers`;
}

function headsOf(explanation: Explanation, scores: readonly HeadScores[] | null): readonly CardHead[] {
  return explanation.heads
    .filter(({ direct }) => direct > 0)
    .slice(0, shownHeads)
    .map(({ layer, head, direct }) => {
      const role = rolesOf(scores, layer, head)[0];
      return { name: headName(layer, head), role: role ? roleName[role] : '', direct };
    });
}
