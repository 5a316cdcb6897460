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

const wordCharacter = /[\p{L}\p{N}_$]/u;

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
    const joins = before?.open && wordCharacter.test(text[0]!) && wordCharacter.test(before.text.at(-1)!);
    const open = wordCharacter.test(text.at(-1)!);
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
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(text);
}
