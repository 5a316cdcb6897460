import type { Truncation } from '../core/generation';

/** Up to so many characters the tokens that were left out are counted, beyond them estimated. */
const counted = 2 ** 16;

/** What the model did not get to see. */
export function truncationSentence({ characters, tokens }: Truncation): string {
  const count = (value: number) => value.toLocaleString('en');
  const cut =
    tokens > 0
      ? `${count(characters)} characters (${characters > counted ? 'about ' : ''}${count(tokens)} tokens)`
      : `${count(characters)} characters`;
  return `The text is longer than the model's context: the first ${cut} were left out.`;
}
