// Stretches of a sentence, as its writers set them down.

import type { AnswerPart } from './answer';

export function words(text: string): AnswerPart {
  return { kind: 'words', text };
}

export function code(text: string): AnswerPart {
  return { kind: 'code', text };
}

/** The line of a context token; `lineOf` gives it from 0. */
export function place(index: number, lineOf: (index: number) => number): AnswerPart {
  return { kind: 'place', text: `line ${lineOf(index) + 1}`, index };
}
