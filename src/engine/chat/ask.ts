import { WhenceError } from '../../core/errors';
import type { Model } from '../model';
import { type Message, type RenderOptions, renderChat } from './render';

/**
 * The token ids of a conversation, up to where the model's answer begins.
 *
 * @throws WhenceError `bad-argument` for a model that was not made to be spoken to, `bad-input` where the text spells a token that
 * steers the conversation, and as `renderChat`
 */
export async function chatIds(
  { tokenizer, info }: Pick<Model, 'tokenizer' | 'info'>,
  messages: readonly Message[],
  options: Omit<RenderOptions, 'model'>,
): Promise<readonly number[]> {
  const { chat } = tokenizer;
  if (!chat) {
    throw new WhenceError(
      'bad-argument',
      `${info.id} has no chat template: it was made to go on with a text. Use --prompt, or choose a model that answers.`,
    );
  }
  for (const { content } of messages) {
    const mark = tokenizer.encodeMarked(content).find((id) => tokenizer.isSpecial(id));
    if (mark === undefined) continue;
    throw new WhenceError(
      'bad-input',
      `The text spells ${tokenizer.textOf(mark)}, which ${info.id} takes for a sign of the conversation and not for text: leave it out.`,
    );
  }
  return tokenizer.encodeMarked(await renderChat(chat, messages, { ...options, model: info.id }));
}
