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
  /** The size of what attention brought, for or against, from all other tokens that are not nearby. */
  readonly distant: number;
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

/** Chosen on, and tested against, known answers and experiments: `npm run bench -- answers`, docs/methods.md. */
const originLimits = {
  /** Copied: at least this share of the metric comes from occurrences of the same text. */
  copied: 0.05,
  /** Recalled: the MLPs' share is at least this. */
  recalled: 0.5,
  /** Composed all the same: tokens that are not nearby brought at least this share. */
  distant: 0.2,
  /** Nearby are so many tokens before the explained one. */
  nearby: 8,
  /** Below this probability there is no telling. */
  probability: 0.02,
} as const;

/** A copying head brings at least this share of what the strongest one brings. */
const copierShare = 0.25;

/** The origin of the token that an explanation explains, from the shares of direct contributions. */
export function originOf(explanation: Explanation): Origin {
  const { target, metric, tokens, components, fetched, checks } = explanation;
  const sumOf = (...kinds: readonly string[]) =>
    components.reduce(
      (sum, { name, direct }) => (kinds.includes(partOf(name)?.kind ?? '') ? sum + direct : sum),
      0,
    );
  // A log-probability is no sum of parts; the parts of its tangent are.
  const total =
    metric === 'logProbability' ? components.reduce((sum, { direct }) => sum + direct, 0) : explanation.total;
  const brought = (index: number) => fetched[index]?.score ?? 0;

  const occurrences = occurrencesOf(explanation);
  const strongest = occurrences.toSorted((a, b) => brought(b) - brought(a))[0];
  const distant = fetched.filter(
    ({ index }) =>
      index < target.index - originLimits.nearby &&
      !isSpecial(tokens[index]!) &&
      !occurrences.includes(index),
  );
  const shares = {
    copied: occurrences.reduce((sum, index) => sum + brought(index), 0) / total,
    recalled: sumOf('mlp') / total,
    distant: distant.reduce((sum, { score }) => sum + Math.abs(score), 0) / total,
  };
  const sound = total > 0 && checks.every(({ holds }) => holds);
  return {
    kind: sound && target.probability >= originLimits.probability ? kindOf(shares) : 'unknown',
    ...shares,
    occurrences,
    span: strongest === undefined ? null : spanEndingAt(explanation, strongest),
    copiers: strongest === undefined ? [] : copiersOf(explanation, strongest),
  };
}

function kindOf({ copied, recalled, distant }: Pick<Origin, 'copied' | 'recalled' | 'distant'>): AnswerKind {
  if (copied >= originLimits.copied) return 'copied';
  return distant >= originLimits.distant || recalled < originLimits.recalled ? 'composed' : 'recalled';
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

function copiersOf({ heads }: Explanation, index: number): HeadTrace[] {
  const brought = heads
    .map((head) => ({ head, score: head.bySource.find((source) => source.index === index)?.score ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const strongest = brought[0]?.score ?? 0;
  return brought.filter(({ score }) => score >= copierShare * strongest).map(({ head }) => head);
}
