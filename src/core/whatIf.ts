import type { Alternative } from './statistics';
import type { TextRange } from './text';
import { isWordAt, isWordBefore, wordsIn } from './words';

/**
 * A change of the context, made in memory alone. `mask` holds the tokens' places and takes their meaning: the mean
 * embedding stands for each. `delete` takes their text out. `rename` writes another name at every place of a whole word.
 */
export type ContextChange =
  | { readonly kind: 'mask'; readonly indices: readonly number[] }
  | { readonly kind: 'delete'; readonly indices: readonly number[] }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

export interface WhatIfParams {
  /** Token ids of the whole text, the token's context at least. */
  readonly ids: readonly number[];
  /** Index of the token that is asked about; `ids.length` for the one that would come next. */
  readonly position: number;
  readonly change: ContextChange;
}

/** What the model gave a token in one of the two texts. */
export interface TokenChance {
  readonly id: number;
  readonly text: string;
  /** In [0, 1], of the full softmax. */
  readonly probability: number;
  readonly rank: number;
}

/** What the model would write next after a text. */
export interface NextToken {
  /** Number of context tokens. */
  readonly context: number;
  readonly target: TokenChance;
  /** The ten most probable tokens, best first. */
  readonly alternatives: readonly Alternative[];
}

/** The model's next token before and after a change of the context. */
export interface WhatIf {
  readonly change: ContextChange;
  readonly before: NextToken;
  readonly after: NextToken;
  /** What a consistent renaming would write in place of the token; null when nothing else was expected. */
  readonly renamed: { readonly before: TokenChance; readonly after: TokenChance } | null;
  /** Share of the probability that went to other tokens, in [0, 1]: the total variation distance of the two distributions. */
  readonly moved: number;
}

export interface RankSourcesParams {
  readonly ids: readonly number[];
  readonly position: number;
  /** Sets of context tokens, each masked alone. */
  readonly groups: readonly (readonly number[])[];
}

/** What masking one group of tokens does. */
export interface RankedSource {
  readonly indices: readonly number[];
  /** The token's probability without the group. */
  readonly probability: number;
  /** The first choice without it. */
  readonly first: Alternative;
  /** As in `WhatIf`. */
  readonly moved: number;
}

export interface SourceRanking {
  readonly target: TokenChance;
  /** Most moved first. */
  readonly sources: readonly RankedSource[];
}

/** Every place where `word` stands by itself, not within a longer word. */
export function placesOf(word: string, text: string): readonly TextRange[] {
  const found: TextRange[] = [];
  if (word === '') return found;
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + word.length)) {
    const end = start + word.length;
    if (isWordAt(word, 0) && isWordBefore(text, start)) continue;
    if (isWordBefore(word, word.length) && isWordAt(text, end)) continue;
    found.push({ start, end });
  }
  return found;
}

/** The whole word around a stretch of text; null where there is none, as for punctuation. */
export function wordAround(text: string, { start, end }: TextRange): TextRange | null {
  return wordsIn(text).find((word) => word.end > start && word.start < end) ?? null;
}

/** The text with each of the ranges, which do not overlap, replaced. */
export function replaced(text: string, ranges: readonly TextRange[], by: string): string {
  let out = '';
  let last = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    out += text.slice(last, start) + by;
    last = end;
  }
  return out + text.slice(last);
}
