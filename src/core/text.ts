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
