import { showCount } from '../../core/display';
import { WhenceError } from '../../core/errors';
import type { ExplainParams } from '../../core/protocol';
import type { Model } from '../model';
import { Distribution } from './distribution';
import { type Trace, traceOf } from './trace';

/** A question made definite: which token, after which context, instead of which other. */
export interface Question {
  /** What the explanation shows as its text: the ids asked about, or the context where it had to be extended. */
  readonly shown: readonly number[];
  readonly trace: Trace;
  /** What is explained: a token, or those of a span. */
  readonly targets: readonly number[];
  /** The last of them. */
  readonly target: number;
  readonly contrast: number | null;
}

/**
 * Finds the token that is meant and runs its context. A target or contrast of several tokens counts at the first token
 * in which the two differ; what they share before it joins the context. A span with a contrast is that one token, too:
 * the tokens before it are the same, and those after it follow different texts.
 *
 * @param beside hooks to bring back of the context of a single token, beside what every explanation needs
 * @throws WhenceError `bad-argument` when nothing can be asked like that, `bad-input` when the context is too long
 */
export async function resolve(
  model: Model,
  params: ExplainParams,
  signal?: AbortSignal,
  beside: readonly string[] = [],
): Promise<Question> {
  const { ids, position } = params;
  checkQuestion(model, ids, position);
  checkEnd(model, params);
  const target = params.target === null ? null : encoded(model, params.target, 'target');
  const contrast = params.contrast === null ? null : encoded(model, params.contrast, 'contrast');
  const known = target ?? ids.slice(position, params.end);
  if (!contrast && !target && known.length > 1 && params.end !== undefined) {
    const context = ids.slice(0, params.end - 1);
    checkLength(model, context);
    const trace = await traceOf(model, context, signal, known.length);
    return { shown: ids, trace, targets: known, target: known.at(-1)!, contrast: null };
  }

  for (let step = contrast ? sharedLength(known, contrast) : 0; ; step++) {
    const ended = step >= known.length && (target !== null || params.end !== undefined);
    if (contrast && (step >= contrast.length || ended)) throw sameText(params);
    const context = [...ids.slice(0, position), ...(contrast?.slice(0, step) ?? [])];
    checkLength(model, context);
    const trace = await traceOf(model, context, signal, 1, beside);
    const chosen = known[step] ?? new Distribution(trace.logits).first();
    if (contrast?.[step] === chosen) continue;
    const shown = context.every((id, at) => ids[at] === id) ? ids : context;
    return { shown, trace, targets: [chosen], target: chosen, contrast: contrast?.[step] ?? null };
  }
}

/** Values of a span's logits that may be held at a time: 128 tokens of a vocabulary of 131,072. */
const spanValues = 1 << 24;

function checkEnd(model: Model, { ids, position, end, target }: ExplainParams): void {
  if (end === undefined) return;
  if (target !== null) {
    throw new WhenceError(
      'bad-argument',
      'A span explains the tokens that are there: leave the target out, or ask about one token.',
    );
  }
  if (!Number.isInteger(end) || end <= position || end > ids.length) {
    throw new WhenceError(
      'bad-argument',
      `There is no span of tokens ${position} to ${end - 1} in a text of ${showCount(ids.length, 'token')}: its end is not before its start, and at most ${ids.length - 1}.`,
    );
  }
  const most = Math.max(1, Math.floor(spanValues / model.info.vocabularySize));
  if (end - position > most) {
    throw new WhenceError(
      'bad-argument',
      `A span of ${end - position} tokens is more than the ${most} that are explained together with ${model.info.id}: choose a shorter one.`,
    );
  }
}

/**
 * Whether anything can be asked of token `position`.
 *
 * @throws WhenceError `bad-argument` for ids that are none of the model's, and for a token with nothing before it
 */
export function checkQuestion(model: Model, ids: readonly number[], position: number): void {
  checkIds(model, ids);
  checkPosition(ids, position);
}

/** @throws WhenceError `bad-argument` for ids that are none of the model's */
export function checkIds(model: Model, ids: readonly number[]): void {
  const size = model.info.vocabularySize;
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
  if (wrong !== undefined) {
    throw new WhenceError(
      'bad-argument',
      `${wrong} is no token of ${model.info.id}, which has ${size}: was the text recorded with another model?`,
    );
  }
}

function checkPosition(ids: readonly number[], position: number): void {
  if (!Number.isInteger(position) || position < 0 || position > ids.length) {
    throw new WhenceError(
      'bad-argument',
      `There is no token ${position} in a text of ${showCount(ids.length, 'token')}: choose one from 1 to ${ids.length}.`,
    );
  }
  if (position === 0) {
    throw new WhenceError(
      'bad-argument',
      'Nothing comes before this token, so there is nothing to explain it from: choose a later one.',
    );
  }
}

function checkLength(model: Model, context: readonly number[]): void {
  const limit = model.info.contextLength;
  if (context.length <= limit) return;
  throw new WhenceError(
    'bad-input',
    `The context has ${context.length} tokens, but ${model.info.id} was made for ${limit}: shorten the text.`,
  );
}

function encoded(model: Model, text: string, role: string): readonly number[] {
  const ids = model.tokenizer.encode(text).map(({ id }) => id);
  if (ids.length === 0)
    throw new WhenceError('bad-argument', `The ${role} is empty: give at least a character.`);
  return ids;
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function sameText({ contrast }: ExplainParams): WhenceError {
  return new WhenceError(
    'bad-argument',
    `${JSON.stringify(contrast)} starts as the target does, so there is no difference to explain: give another.`,
  );
}
