/** A half-open range of UTF-16 offsets into a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A token where it stands in a text. `text` is what the token prints; a token that holds only part of a character
 * prints U+FFFD for it and shares that character's range with its neighbours. Special tokens that the prompt format
 * adds have an empty range.
 */
export interface Token extends TextRange {
  readonly id: number;
  readonly text: string;
  /** True for tokens that are not text: the beginning-of-text token, a language tag. */
  readonly special: boolean;
}

/**
 * The indices of tokens in the order in which they stand in the text: not that in which a model read them that filled in a
 * gap, where what stands behind the gap comes before what was written into it.
 */
export function textOrder(tokens: readonly TextRange[]): readonly number[] {
  return tokens.map((_, index) => index).sort((a, b) => tokens[a]!.start - tokens[b]!.start || a - b);
}

/** Whether the model had read text that stands behind token `index`, or behind what it read last, when it wrote there. */
export function readsAhead(tokens: readonly TextRange[], index: number): boolean {
  const place = tokens[index]?.end ?? tokens[index - 1]?.end ?? 0;
  return tokens.slice(0, index).some(({ start, end }) => end > start && start >= place);
}
