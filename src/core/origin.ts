import type { AnswerKind } from './answer';
import type { Explanation, HeadTrace, IndexedToken } from './explanation';
import { partOf } from './parts';

/** Where an explained token came from, with the shares that led to the verdict; each is of the metric's total. */
export interface Origin {
  readonly kind: AnswerKind;
  /** What attention brought from the occurrences of the same text. */
  readonly copied: number;
  /** What the MLPs wrote. */
  readonly recalled: number;
  /** What attention brought from all other tokens. */
  readonly context: number;
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

/** docs/methods.md says how these were chosen and how often they are right. */
export const originLimits = {
  /** Copied: at least this share of the metric comes from occurrences of the same text. */
  copied: 0.1,
  /** Recalled: the MLPs' share is at least this. */
  recalled: 0.5,
  /** Below this probability there is no telling. */
  probability: 0.02,
  /** A token without a letter or digit counts as copied only as the end of a run of so many matching tokens. */
  run: 3,
} as const;

/** A copying head brings at least this share of what the strongest one brings. */
const copierShare = 0.25;

/** The origin of the token that an explanation explains (copied and recalled shares of direct contributions). */
export function originOf(explanation: Explanation): Origin {
  const { target, total, components, sources, checks } = explanation;
  const kinds = components.map(({ name, direct }) => ({ kind: partOf(name)?.kind, direct }));
  const sumOf = (...wanted: (string | undefined)[]) =>
    kinds.reduce((sum, { kind, direct }) => sum + (wanted.includes(kind) ? direct : 0), 0);
  const occurrences = occurrencesOf(explanation);
  // The last token's source includes its own embedding, which no head brought.
  const own = sumOf('embed', 'pos');
  const brought = (index: number) => (sources[index]?.score ?? 0) - (index === target.index - 1 ? own : 0);

  const copied = occurrences.reduce((sum, index) => sum + brought(index), 0) / total;
  const recalled = sumOf('mlp') / total;
  const context = sumOf('head') / total - copied;
  const best = occurrences.reduce<number | null>(
    (most, index) => (most === null || brought(index) > brought(most) ? index : most),
    null,
  );
  const span = best === null ? null : spanEndingAt(explanation, best);
  const shares = {
    copied,
    recalled,
    context,
    span,
    copiers: best === null ? [] : copiersOf(explanation, best),
  };

  const sound = total > 0 && checks.every(({ holds }) => holds);
  if (!sound || target.probability < originLimits.probability) return { kind: 'unknown', ...shares };
  if (span && isEvidence(target.text, span) && copied >= originLimits.copied)
    return { kind: 'copied', ...shares };
  return { kind: recalled >= originLimits.recalled ? 'recalled' : 'composed', ...shares };
}

/** Context tokens with the target's text; what stands around a word does not count. */
function occurrencesOf({ tokens, target }: Explanation): number[] {
  const wanted = target.text.trim() || target.text;
  return tokens
    .slice(0, target.index)
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

function isEvidence(text: string, { first, last }: Span): boolean {
  return /[\p{L}\p{N}]/u.test(text) || last - first + 1 >= originLimits.run;
}

function copiersOf({ heads }: Explanation, index: number): HeadTrace[] {
  const brought = heads
    .map((head) => ({ head, score: head.bySource.find((source) => source.index === index)?.score ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const strongest = brought[0]?.score ?? 0;
  return brought.filter(({ score }) => score >= copierShare * strongest).map(({ head }) => head);
}
