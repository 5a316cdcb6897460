import type { Model } from '../engine/model';
import { fitText } from '../engine/run/prompt';
import type { Prompt } from './prompt';
import type { Terminal } from './terminal';

/**
 * The prompt as tokens of the document. Where it is longer than the model's context its start is left out, and that is
 * said; a question about a token inside reads no further than that token, so nothing is left out unasked.
 */
export function contextOf(
  model: Model,
  { text, language }: Prompt,
  position: number | null,
  terminal: Terminal,
) {
  const { id, contextLength } = model.info;
  const room = position === null ? contextLength : Number.POSITIVE_INFINITY;
  const { tokens, truncation } = fitText(model.tokenizer, text, language, room);
  if (truncation) {
    terminal.note(
      `The prompt is longer than the ${contextLength} tokens of ${id}: its first ${truncation.characters} characters were left out.`,
    );
  }
  return { ids: tokens.map(({ id: token }) => token), cut: truncation?.characters ?? 0 };
}
