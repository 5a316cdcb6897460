import type { Truncation } from '../core/generation';

/** What the model did not get to see. */
export function truncationSentence({ characters, tokens }: Truncation): string {
  const count = (value: number) => value.toLocaleString('en');
  const cut =
    tokens > 0
      ? `${count(characters)} characters (${count(tokens)} tokens)`
      : `${count(characters)} characters`;
  return `The text is longer than the model's context: the first ${cut} were left out.`;
}
