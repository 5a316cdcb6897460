import type { AnswerKind } from './answer';
import type { ExplainedToken, Explanation, HeadTrace, IndexedToken, Source, SpanToken } from './explanation';
import { type Part, partOf } from './parts';
import { readsAhead } from './text';

/** Where a token came from, with the shares that led to the verdict; each is of the metric's total. */
export interface TokenOrigin {
  readonly kind: AnswerKind;
  /** What attention brought from the occurrences of the same text. */
  readonly copied: number;
  /** What the MLPs wrote. */
  readonly recalled: number;
  /** The size of what attention brought, for or against, from all other tokens that are not nearby. */
  readonly distant: number;
  /** The occurrence of the same text in the context that brought the most; null when there is none. */
  readonly from: number | null;
}

/** The origin of what an explanation explains. */
export interface Origin extends TokenOrigin {
  /** Context tokens with the same text, up to white space around it. */
  readonly occurrences: readonly number[];
  /** The occurrence that brought the most, with the matching text before it; null when the text occurs nowhere. */
  readonly span: Span | null;
  /** The heads that brought it, strongest first. */
  readonly copiers: readonly HeadTrace[];
}

/** Context tokens `first` … `last`, of which `last` has the target's text and the others match what precedes the target. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** Nearby are so many tokens before the explained one. */
export const nearbyTokens = 8;

/** Chosen on, and tested against, known answers and experiments: `npm run bench -- answers`, docs/methods.md. */
const originLimits = {
  /** Copied: at least this share of the metric comes from occurrences of the same text. */
  copied: 0.05,
  /** Recalled: the MLPs' share is at least this. */
  recalled: 0.5,
  /** Composed all the same: tokens that are not nearby brought at least this share. */
  distant: 0.2,
  /** Below this probability there is no telling. */
  probability: 0.02,
} as const;

/** An occurrence that brought this share of what another did may be named in its place. */
const nearlyAsMuch = 0.5;
/** A copying head brings at least this share of what the strongest one brings. */
const copierShare = 0.25;

/** What the origin of one token is told from. */
export interface OriginAsked {
  readonly tokens: readonly IndexedToken[];
  readonly target: Pick<ExplainedToken, 'index' | 'text' | 'probability'>;
  /** The metric's value, or its tangent's where that is not linear. */
  readonly total: number;
  /** What the heads brought from each token of the context. */
  readonly fetched: readonly Source[];
  /** What the MLPs wrote, all together. */
  readonly mlp: number;
  /** Whether the identities hold. */
  readonly sound: boolean;
}

/** Where one token came from, from the shares of direct contributions. */
export function tokenOrigin({ tokens, target, total, fetched, mlp, sound }: OriginAsked): TokenOrigin {
  const brought = (index: number) => fetched[index]?.score ?? 0;
  const occurrences = occurrencesOf(tokens, target);
  const near = nearest(tokens, target.index);
  const distant = fetched.filter(
    ({ index }) => !near.has(index) && !isSpecial(tokens[index]!) && !occurrences.includes(index),
  );
  const shares = {
    copied: occurrences.reduce((sum, index) => sum + brought(index), 0) / total,
    recalled: mlp / total,
    distant: distant.reduce((sum, { score }) => sum + Math.abs(score), 0) / total,
  };
  const known = sound && total > 0 && target.probability >= originLimits.probability;
  return {
    kind: known ? kindOf(shares) : 'unknown',
    ...shares,
    from: occurrences.toSorted((a, b) => brought(b) - brought(a))[0] ?? null,
  };
}

/** The tokens of the context next to a place; where a gap was filled in, those next to it in the text, on both sides. */
function nearest(tokens: readonly IndexedToken[], end: number): ReadonlySet<number> {
  const context = tokens.slice(0, end).map(({ index }) => index);
  if (!readsAhead(tokens, end)) return new Set(context.slice(-nearbyTokens));
  const place = tokens[end]?.start ?? tokens[end - 1]!.end;
  const distance = (index: number) =>
    Math.min(...[tokens[index]!.start, tokens[index]!.end].map((at) => Math.abs(at - place)));
  return new Set(context.sort((a, b) => distance(a) - distance(b) || b - a).slice(0, nearbyTokens));
}

/** The origin of the token that an explanation explains; of a span that of most of its tokens. */
export function originOf(explanation: Explanation): Origin {
  const { target, metric, tokens, components, fetched, checks, span } = explanation;
  const sumOf = (kind: Part['kind'] | null) =>
    components.reduce(
      (sum, { name, direct }) => (kind === null || partOf(name)?.kind === kind ? sum + direct : sum),
      0,
    );
  // A log-probability is no sum of parts; the parts of its tangent are.
  const total = metric === 'logProbability' ? sumOf(null) : explanation.total;
  const sound = checks.every(({ holds }) => holds);
  const origin = tokenOrigin({ tokens, target, total, fetched, mlp: sumOf('mlp'), sound });
  const { kind, from } = span
    ? spanOrigin(span)
    : {
        kind: measured(origin.kind, explanation),
        from: headline(explanation, occurrencesOf(tokens, target)),
      };
  return {
    ...origin,
    kind,
    from,
    occurrences: occurrencesOf(tokens, target),
    span: from === null ? null : spanEndingAt(explanation, from),
    copiers: from === null ? [] : copiersOf(explanation, from),
  };
}

/**
 * The occurrence to name: of those that brought nearly as much as the one that brought the most, the strongest source, so
 * that sentence and colours agree.
 */
function headline({ fetched, sources }: Explanation, occurrences: readonly number[]): number | null {
  const brought = (index: number) => fetched[index]?.score ?? 0;
  const most = Math.max(...occurrences.map(brought));
  const near = occurrences.filter((index) => brought(index) >= nearlyAsMuch * most);
  const candidates = near.length > 0 ? near : occurrences;
  return candidates.toSorted((a, b) => sources[b]!.score - sources[a]!.score)[0] ?? null;
}

/** An experiment tells what was composed from what was recalled better than shares do. */
function measured(kind: AnswerKind, { recall }: Explanation): AnswerKind {
  if (!recall || (kind !== 'composed' && kind !== 'recalled')) return kind;
  return recall.holds ? 'recalled' : 'composed';
}

/** The commonest verdict on a span's tokens, and the token that the most of them were copied from. */
function spanOrigin(span: readonly SpanToken[]): Pick<TokenOrigin, 'kind' | 'from'> {
  const commonest = <T>(values: readonly T[]) =>
    values.toSorted((a, b) => countOf(values, b) - countOf(values, a))[0];
  const kind = commonest(span.map(({ origin }) => origin.kind)) ?? 'unknown';
  const copied = span.flatMap(({ origin }) => (origin.kind === 'copied' ? [origin.from] : []));
  return { kind, from: commonest(copied) ?? null };
}

function countOf<T>(values: readonly T[], value: T): number {
  return values.filter((other) => other === value).length;
}

function kindOf({ copied, recalled, distant }: Pick<Origin, 'copied' | 'recalled' | 'distant'>): AnswerKind {
  if (copied >= originLimits.copied) return 'copied';
  return distant >= originLimits.distant || recalled < originLimits.recalled ? 'composed' : 'recalled';
}

/** Context tokens with the target's text; what stands around a word does not count. */
function occurrencesOf(
  tokens: readonly IndexedToken[],
  { index: end, text }: OriginAsked['target'],
): number[] {
  const wanted = text.trim() || text;
  return tokens
    .slice(0, end)
    .filter((token) => !isSpecial(token) && (token.text.trim() || token.text) === wanted)
    .map(({ index }) => index);
}

function isSpecial({ start, end }: IndexedToken): boolean {
  return start === end;
}

/** Goes back from an occurrence as long as the text before it matches the text before the target. */
function spanEndingAt({ tokens, target }: Explanation, last: number): Span {
  let first = last;
  while (first > 0 && target.index - 1 - (last - first) > last) {
    const before = tokens[first - 1]!;
    const compared = tokens[target.index - 1 - (last - first)]!;
    if (isSpecial(before) || before.id !== compared.id) break;
    first--;
  }
  return { first, last };
}

function copiersOf({ heads }: Explanation, index: number): HeadTrace[] {
  const brought = heads
    .map((head) => ({ head, score: head.bySource.find((source) => source.index === index)?.score ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const strongest = brought[0]?.score ?? 0;
  return brought.filter(({ score }) => score >= copierShare * strongest).map(({ head }) => head);
}
