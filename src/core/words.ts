import type { TextRange } from './text';

/** Tokens in a row that spell one word, or a sign by itself. */
export interface TokenWord {
  readonly indices: readonly number[];
  /** Without space around it. */
  readonly text: string;
}

interface Spelled extends TextRange {
  readonly text: string;
}

/** What names of programs are made of, in any script; of a regular expression with the flag `u`. */
export const wordClass = String.raw`[\p{L}\p{N}_$]`;

const here = new RegExp(wordClass, 'uy');
const behind = new RegExp(`${wordClass}$`, 'u');

/** Whether a letter, digit, `_` or `$` stands at an offset. */
export function isWordAt(text: string, offset: number): boolean {
  here.lastIndex = offset;
  return here.test(text);
}

/** Whether one stands right before an offset; it may take two UTF-16 units. */
export function isWordBefore(text: string, offset: number): boolean {
  return behind.test(text.slice(Math.max(0, offset - 2), offset));
}

/** Names, keywords and numbers, in their order. */
export function wordsIn(text: string): TextRange[] {
  return Array.from(text.matchAll(new RegExp(`${wordClass}+`, 'gu')), ({ 0: word, index }) => ({
    start: index,
    end: index + word.length,
  }));
}

/** The words that tokens 0 … `end` − 1 spell, in their order; space and marks of the prompt format belong to none. */
export function tokenWords(tokens: readonly Spelled[], end: number): readonly TokenWord[] {
  const words: { indices: number[]; text: string; open: boolean }[] = [];
  tokens.slice(0, end).forEach(({ text, start, end: last }, index) => {
    const trimmed = text.trim();
    const before = words.at(-1);
    if (start === last || trimmed === '') {
      if (before) before.open = false;
      return;
    }
    const joins = before?.open && isWordAt(text, 0) && isWordBefore(before.text, before.text.length);
    const open = isWordBefore(text, text.length);
    if (joins) {
      before.indices.push(index);
      before.text += trimmed;
      before.open = open;
    } else words.push({ indices: [index], text: trimmed, open });
  });
  return words.map(({ indices, text }) => ({ indices, text }));
}

/** True for what can be given another name. */
export function isName(text: string): boolean {
  return new RegExp(`^(?!\\p{N})${wordClass}+$`, 'u').test(text);
}
