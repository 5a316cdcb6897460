import { type TextRange, textOrder } from './text';
import { wordsIn } from './words';

/** How finely sources are told apart: the ladder of the *Explanation* view, from the finest to the coarsest. */
export const granularities = ['token', 'identifier', 'line', 'statement', 'block'] as const;
export type Granularity = (typeof granularities)[number];

/** A stretch of the program that counts as one: a name, a line, a statement without those inside it. In text order. */
export interface Segment {
  readonly ranges: readonly TextRange[];
}

/** The segments of a text at every granularity above the token's; they do not overlap, and need not cover the text. */
export type Segments = Readonly<Record<Exclude<Granularity, 'token'>, readonly Segment[]>>;

/** A token as far as it counts here; an empty range is no text: it stays by itself. */
interface Placed extends TextRange {
  readonly index: number;
}

/** Tokens that count as one. */
export interface Unit {
  /** Context tokens, ascending; every token is in exactly one unit. */
  readonly tokens: readonly number[];
  /** Neighbouring tokens joined, ascending; offsets as the tokens have them. */
  readonly ranges: readonly TextRange[];
}

/** A unit with the sum of its tokens' scores. */
export interface ScoredUnit extends Unit {
  readonly score: number;
}

/**
 * Shares tokens out among segments: a token goes wholly to the segment that holds the most of its characters that are
 * no white space, the first among equals; one that touches none is a unit of its own. In the order of first tokens.
 */
export function unitsOf(tokens: readonly Placed[], segments: readonly Segment[], text: string): Unit[] {
  const members = new Map<number, Placed[]>();
  for (const [at, segment] of segmentOfEach(tokens, segments, text).entries()) {
    const unit = segment ?? -1 - at;
    members.set(unit, [...(members.get(unit) ?? []), tokens[at]!]);
  }
  return [...members.values()].map((group) => ({
    tokens: group.map(({ index }) => index),
    ranges: joined(group),
  }));
}

/** Of each token, in the order given, the segment that it goes to, as in `unitsOf`; null for one that touches none. */
export function segmentOfEach(
  tokens: readonly TextRange[],
  segments: readonly Segment[],
  text: string,
): (number | null)[] {
  const pieces = segments
    .flatMap(({ ranges }, segment) => ranges.map((range) => ({ ...range, segment })))
    .sort((a, b) => a.start - b.start);
  let from = 0;
  const found: (number | null)[] = tokens.map(() => null);
  for (const index of textOrder(tokens)) {
    const token = tokens[index]!;
    while (from < pieces.length && pieces[from]!.end <= token.start) from++;
    let best: number | null = null;
    let most = 0;
    for (let piece = from; piece < pieces.length && pieces[piece]!.start < token.end; piece++) {
      const { start, end, segment } = pieces[piece]!;
      const shared = weightOf(text.slice(Math.max(start, token.start), Math.min(end, token.end)));
      if (shared > most) [best, most] = [segment, shared];
    }
    found[index] = best;
  }
  return found;
}

/** White space decides only where there is nothing else. */
function weightOf(text: string): number {
  return text.replaceAll(/\s/g, '').length + text.length / 1024;
}

function joined(tokens: readonly Placed[]): TextRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const index of textOrder(tokens)) {
    const { start, end } = tokens[index]!;
    const last = ranges.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else ranges.push({ start, end });
  }
  return ranges;
}

/** Scores by token summed over units: what all tokens sum to, all units sum to. A token without a score counts 0. */
export function scoredUnits(
  units: readonly Unit[],
  scores: readonly { readonly index: number; readonly score: number }[],
): ScoredUnit[] {
  const known = new Map(scores.map(({ index, score }) => [index, score]));
  return units.map((unit) => ({
    ...unit,
    score: unit.tokens.reduce((sum, index) => sum + (known.get(index) ?? 0), 0),
  }));
}

/** By token that is not blank, the score of the unit it is in: how strongly it is drawn. */
export function spreadScores(
  units: readonly ScoredUnit[],
  tokens: readonly { readonly text: string }[],
): readonly { readonly index: number; readonly score: number }[] {
  return units.flatMap(({ tokens: members, score }) =>
    members.filter((index) => tokens[index]?.text.trim()).map((index) => ({ index, score })),
  );
}

/** Names, keywords and numbers, by text: where there is no grammar. */
export function textIdentifiers(text: string): Segment[] {
  return wordsIn(text).map((word) => ({ ranges: [word] }));
}

/** Lines with their line ends. */
function textLineSegments(text: string): Segment[] {
  return Array.from(text.matchAll(/[^\n]*(?:\n|$)/g), ({ 0: line, index }) => ({
    ranges: [{ start: index, end: index + line.length }],
  })).filter(({ ranges: [range] }) => range!.end > range!.start);
}

/** The ladder as far as text alone gives it: a statement is then a line, and a block lines without a blank one between. */
export function textSegments(text: string): Segments {
  const line = textLineSegments(text);
  const block = Array.from(text.matchAll(/(?:[^\n]*\S[^\n]*(?:\n|$))+/g), ({ 0: lines, index }) => ({
    ranges: [{ start: index, end: index + lines.length }],
  }));
  return { identifier: textIdentifiers(text), line, statement: line, block };
}
