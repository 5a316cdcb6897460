/** A stretch of a sentence: Whence's own words; code; or what somebody else wrote, which is never read as markup. */
export type Inline = string | { readonly code: string } | { readonly said: string };

/** A shown estimate: a bar from 0 to its value, with its interval, on a scale to 1. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a report is made of, whatever it is written as. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 | 4; readonly words: readonly Inline[] }
  | { readonly kind: 'text'; readonly words: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      /** By row, by column. */
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'code'; readonly text: string }
  /** Drawn where drawing is possible; the same numbers stand in words beside them. */
  | { readonly kind: 'bars'; readonly bars: readonly Bar[] }
  /** Folded where folding is possible. */
  | { readonly kind: 'details'; readonly summary: string; readonly blocks: readonly Block[] };

/** Without control characters but line breaks and tabs, and without those that reorder text. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd');
}
