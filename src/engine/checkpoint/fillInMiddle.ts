import type { JsonObject } from './json';
import type { Vocabulary } from './vocabulary';

/** The tokens between which a model that learnt to fill in the middle is given the text before a gap and after it. */
export interface FillInMiddle {
  readonly prefix: number;
  readonly suffix: number;
  readonly middle: number;
}

/** Their spellings by family, in this order; the prompt is prefix, text before, suffix, text after, middle. */
const families = [
  // Qwen2.5-Coder (2024), CodeGemma (2024), Whence's own.
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  // StarCoder (2023), StarCoder 2, Granite, StableCode.
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  // SantaCoder (2023).
  ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
  // DeepSeek-Coder (2024).
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  // Code Llama (2023).
  ['▁<PRE>', '▁<SUF>', '▁<MID>'],
] as const;

const spellings: ReadonlySet<string> = new Set([...families.flat(), ...['<fim_pad>', '<fim-pad>', '▁<EOT>']]);

/** Whether a token is one of those for filling in: control, though some files list it among the words. */
export function isFillSpelling(spelling: string): boolean {
  return spellings.has(spelling);
}

/**
 * The tokens of a model that was trained to fill in the middle; null for others. By the names that its files give them, as
 * Code Llama's do and GGUF files, else by their spelling.
 */
export function fillInMiddle(tokenizerConfig: JsonObject, vocabulary: Vocabulary): FillInMiddle | null {
  const { prefix_token: before, suffix_token: after, middle_token: gap } = tokenizerConfig;
  const { specials } = vocabulary;
  for (const spelled of [[before, after, gap], ...families]) {
    const [prefix, suffix, middle] = spelled.map((spelling) => specials.get(String(spelling)));
    if (prefix !== undefined && suffix !== undefined && middle !== undefined)
      return { prefix, suffix, middle };
  }
  return null;
}

/** The parts of a text in which a gap is filled in, in the order in which the model reads them. */
export interface Infill<T> {
  /** What the prompt format puts first, and the token before the text. */
  readonly lead: readonly T[];
  readonly before: readonly T[];
  /** The token between the two. */
  readonly suffix: T;
  readonly after: readonly T[];
  /** The token before what is written into the gap. */
  readonly middle: T;
  readonly written: readonly T[];
}

/** The parts of a text that begins as one in which a gap is filled in; null for any other. */
export function infillOf<T>(
  tokens: readonly T[],
  idOf: (token: T) => number,
  fill: FillInMiddle | null,
): Infill<T> | null {
  if (!fill) return null;
  const at = (id: number) => tokens.findIndex((token) => idOf(token) === id);
  const [prefix, suffix, middle] = [at(fill.prefix), at(fill.suffix), at(fill.middle)];
  if (prefix < 0 || suffix < prefix || middle < suffix) return null;
  return {
    lead: tokens.slice(0, prefix + 1),
    before: tokens.slice(prefix + 1, suffix),
    suffix: tokens[suffix]!,
    after: tokens.slice(suffix + 1, middle),
    middle: tokens[middle]!,
    written: tokens.slice(middle + 1),
  };
}
