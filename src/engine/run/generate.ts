import { WhenceError } from '../../core/errors';
import type {
  BranchParams,
  GenerateParams,
  GenerateResult,
  ScoredToken,
  StopReason,
} from '../../core/generation';
import { type Steering, steeringChange } from '../../core/steering';
import { checkPlan, interventionsOf } from '../change/interventions';
import { infillOf } from '../checkpoint/fillInMiddle';
import { textBefore } from '../checkpoint/infillText';
import { Distribution } from '../explain/distribution';
import { checkIds } from '../explain/question';
import type { Decoder, Model } from '../model';
import { tokenIndex } from './constraint';
import { Continuation } from './continuation';
import { checkFast, rescored } from './fast';
import { type Prompt, preparePrompt } from './prompt';
import { createSampler } from './sampling';
import { stopRule } from './stop';

export interface GenerateOptions {
  readonly signal?: AbortSignal;
  /** Called with each token once its place in the text is certain: in order, and never with one that the result lacks. */
  readonly onToken?: (token: ScoredToken) => void;
}

/**
 * Continues a text. The statistics of every token are of the model's own distribution, whatever the sampling, the steering
 * or the constraint did to it: steered, the model runs beside itself as it is, at twice the cost. `maxTokens` counts the tokens that bring new text.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`, or what the model throws
 */
export async function generate(
  model: Model,
  params: GenerateParams,
  { signal, onToken }: GenerateOptions = {},
): Promise<GenerateResult> {
  const { maxTokens, text } = params;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new WhenceError('bad-argument', `The token limit is ${maxTokens}: give a whole number, 1 or more.`);
  }
  const prompt = preparePrompt(model, params);
  return continueFrom(model, prompt, params, text, { signal, onToken });
}

/**
 * Takes another token than the one that was written, and goes on from it. The forced tokens have the model's own
 * statistics as all others have; `maxTokens` does not count them.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`, or what the model throws
 */
export async function branch(
  model: Model,
  { ids, alternative, ...rest }: BranchParams,
  { signal, onToken }: GenerateOptions = {},
): Promise<GenerateResult> {
  checkIds(model, ids);
  const { tokenizer, info } = model;
  const forced =
    typeof alternative === 'number' ? [alternative] : tokenizer.encode(alternative).map(({ id }) => id);
  checkIds(model, forced);
  if (forced.length === 0 || forced.some((id) => tokenizer.isSpecial(id))) {
    throw new WhenceError('bad-argument', 'There is nothing to go on from: choose or type another text.');
  }
  if (ids.length === 0 || ids.length + forced.length > info.contextLength) {
    throw new WhenceError(
      'bad-input',
      `There is no room to go on: ${info.id} was made for ${info.contextLength} tokens and the text has ${ids.length}.`,
    );
  }
  const text = textBefore(tokenizer, ids);
  const end = text.length;
  const infill = infillOf(ids, (id) => id, tokenizer.fillInMiddle);
  const first = infill ? infill.lead.length + infill.before.length : ids.length;
  const behind = { first, end: first + (infill ? 1 + infill.after.length : 0) };
  const tokens = tokenizer.locate(ids).map((token, index) => {
    const own = index >= behind.first && index < behind.end;
    return own ? { ...token, start: token.start - end, end: token.end - end } : token;
  });
  const prompt = {
    tokens,
    constrained: { start: end, end },
    rest: new Uint8Array(0),
    truncation: null,
    behind,
    after: tokenizer.decode(ids).slice(end),
  };
  return continueFrom(model, prompt, { ...rest, forced }, text, { signal, onToken });
}

/**
 * Goes on from token ids as they are, as those of a conversation.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`, or what the model throws
 */
export async function generateFrom(
  model: Model,
  ids: readonly number[],
  params: Omit<GenerateParams, 'text' | 'suffix'>,
  options: GenerateOptions = {},
): Promise<GenerateResult> {
  checkIds(model, ids);
  const { tokenizer, info } = model;
  if (ids.length === 0 || ids.length >= info.contextLength) {
    throw new WhenceError(
      'bad-input',
      `There is no room for an answer: ${info.id} was made for ${info.contextLength} tokens and the text has ${ids.length}.`,
    );
  }
  const text = tokenizer.decode(ids);
  const prompt: Prompt = {
    tokens: tokenizer.locate(ids),
    constrained: { start: text.length, end: text.length },
    rest: new Uint8Array(0),
    truncation: null,
    behind: { first: ids.length, end: ids.length },
    after: '',
  };
  return continueFrom(model, prompt, params, text, options);
}

/** @param text what stands before the continuation, for the rule that ends it */
async function continueFrom(
  model: Model,
  prompt: Prompt,
  {
    maxTokens,
    language,
    stopAt,
    sampling,
    steering,
    fast = false,
    forced = [],
  }: Omit<GenerateParams, 'text' | 'suffix'> & { readonly forced?: readonly number[] },
  text: string,
  { signal, onToken = () => undefined }: GenerateOptions,
): Promise<GenerateResult> {
  const { tokenizer } = model;
  const choose = createSampler(sampling);
  const index = tokenIndex(tokenizer);
  const continuation = new Continuation(
    tokenizer,
    prompt.constrained,
    stopRule(stopAt, language, text),
    onToken,
  );
  checkFast(model, { fast, steering });
  const decoder = model.decoder([], fast);
  const steered = steering ? await steeredDecoder(model, prompt.tokens.length, steering, signal) : null;
  const given = [...forced];
  let room = model.info.contextLength - prompt.tokens.length;
  let rest = prompt.rest;
  let next: readonly number[] = prompt.tokens.map(({ id }) => id);
  let stop: StopReason | null = null;

  for (let added = 0; stop === null; ) {
    const distribution = new Distribution(await decoder.step(next, signal));
    const candidates = rest.length > 0 ? index.spelling(rest) : index.all;
    const taken = given.shift();
    const logits = steered ? await steered.step(next, signal) : distribution.logits;
    const id = taken ?? choose(logits, candidates);
    if (tokenizer.isSpecial(id)) {
      stop = 'end-of-text';
      break;
    }
    const bytes = tokenizer.bytesOf(id);
    if (taken === undefined && bytes.length > rest.length) added++;
    rest = rest.subarray(bytes.length);
    next = [id];
    room--;
    const ended = continuation.append(id, distribution.statistics(id, tokenizer));
    if (ended) stop = stopAt === 'limit' ? 'token-limit' : stopAt;
    else if (added === maxTokens) stop = 'token-limit';
    else if (room === 0) stop = 'context-full';
  }
  const { generated: written, text: inserted } = continuation.finish();
  const { constrained, truncation, after, behind } = prompt;
  const shift = constrained.end + inserted.length;
  const tokens = prompt.tokens.map((token, index) => {
    const isBehind = index >= behind.first && index < behind.end;
    return isBehind ? { ...token, start: token.start + shift, end: token.end + shift } : token;
  });
  const result = { prompt: tokens, text: inserted, after, constrained, stop, truncation };
  if (!fast) return { ...result, generated: written };
  return { ...result, ...(await rescored(model, prompt.tokens, written, signal)) };
}

/** A generation to which a vector is added at every position. */
async function steeredDecoder(
  model: Model,
  length: number,
  { vector, strength }: Steering,
  signal: AbortSignal | undefined,
): Promise<Decoder> {
  const change = steeringChange(vector, strength);
  const extent = { length, prompt: length };
  checkPlan(model, [change], extent);
  return model.decoder(await interventionsOf(model, [[change]], { ...extent, signal }));
}
