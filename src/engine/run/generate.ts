import { WhenceError } from '../../core/errors';
import type { GenerateParams, GenerateResult, ScoredToken, StopReason } from '../../core/generation';
import { Distribution } from '../explain/distribution';
import type { Model } from '../model';
import { tokenIndex } from './constraint';
import { Continuation } from './continuation';
import { preparePrompt } from './prompt';
import { createSampler } from './sampling';
import { stopRule } from './stop';

export interface GenerateOptions {
  readonly signal?: AbortSignal;
  /** Called with each token once its place in the text is certain: in order, and never with one that the result lacks. */
  readonly onToken?: (token: ScoredToken) => void;
}

/**
 * Continues a text. The statistics of every token are of the model's own distribution, whatever the sampling or the
 * constraint did to it. `maxTokens` counts the tokens that bring new text.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`, or what the model throws
 */
export async function generate(
  model: Model,
  params: GenerateParams,
  { signal, onToken = () => undefined }: GenerateOptions = {},
): Promise<GenerateResult> {
  const { maxTokens, text, language, stopAt } = params;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new WhenceError('bad-argument', `The token limit is ${maxTokens}: give a whole number, 1 or more.`);
  }
  const { tokenizer } = model;
  const choose = createSampler(params.sampling);
  const prompt = preparePrompt(model, params);
  const index = tokenIndex(tokenizer);
  const continuation = new Continuation(
    tokenizer,
    prompt.constrained,
    stopRule(stopAt, language, text),
    onToken,
  );
  const decoder = model.decoder();
  let room = model.info.contextLength - prompt.tokens.length;
  let rest = prompt.rest;
  let next: readonly number[] = prompt.tokens.map(({ id }) => id);
  let stop: StopReason | null = null;

  for (let added = 0; stop === null; ) {
    const distribution = new Distribution(await decoder.step(next, signal));
    const candidates = rest.length > 0 ? index.spelling(rest) : index.all;
    const id = choose(distribution.logits, candidates);
    if (tokenizer.isSpecial(id)) {
      stop = 'end-of-text';
      break;
    }
    const bytes = tokenizer.bytesOf(id);
    if (bytes.length > rest.length) added++;
    rest = rest.subarray(bytes.length);
    next = [id];
    room--;
    const ended = continuation.append(id, distribution.statistics(id, tokenizer));
    if (ended) stop = stopAt === 'limit' ? 'token-limit' : stopAt;
    else if (added === maxTokens) stop = 'token-limit';
    else if (room === 0) stop = 'context-full';
  }
  const { generated, text: inserted } = continuation.finish();
  const { tokens, constrained, truncation } = prompt;
  return { prompt: tokens, generated, text: inserted, constrained, stop, truncation };
}
