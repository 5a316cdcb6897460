import type { Change } from '../../core/change/change';
import type { Continues } from '../../core/circuitFile/audit';
import { greedy } from '../../core/generation';
import type { TextRange } from '../../core/text';
import { changedLogits } from '../change/logits';
import { rowsIn } from '../explain/metric';
import type { Model } from '../model';
import { tokenIndex } from '../run/constraint';
import { createSampler } from '../run/sampling';
import { guessAfter } from './guess';

/** What the model wrote after a prompt. */
export interface Written {
  readonly ids: readonly number[];
  readonly text: string;
}

/** The next token's logits [V] after a prompt and what was written after it; then after each token of a guess of what follows. */
type Next = (written: readonly number[], guess: readonly number[]) => Promise<readonly Float32Array[]>;

/** What the model goes on with, the likeliest token each time. */
export function write(
  model: Model,
  prompt: readonly number[],
  continues: Continues,
  signal?: AbortSignal,
): Promise<Written> {
  const decoder = model.decoder();
  const next: Next = async (written) => {
    const ids = [...prompt, ...written];
    return [await decoder.step(ids.slice(decoder.length), signal)];
  };
  return goOn(model, prompt, continues, next, () => []);
}

/**
 * The same under changes. A cache knows nothing of them, so every forward is of the whole text: what comes is guessed, and
 * one forward says how far the guess holds.
 *
 * @param likely what was written without the changes
 */
export function writeUnder(
  model: Model,
  prompt: readonly number[],
  continues: Continues,
  { changes, likely }: { readonly changes: readonly Change[]; readonly likely: readonly number[] },
  signal?: AbortSignal,
): Promise<Written> {
  const next: Next = async (written, guess) => {
    const predicted = guess.length + 1;
    const ids = [...prompt, ...written, ...guess];
    const [logits] = await changedLogits(model, ids, [changes], { predicted, signal });
    return rowsIn(logits!, predicted);
  };
  return goOn(model, prompt, continues, next, (written) => guessAfter(prompt, written, likely));
}

async function goOn(
  model: Model,
  prompt: readonly number[],
  { until, tokens }: Continues,
  next: Next,
  guessed: (written: readonly number[]) => readonly number[],
): Promise<Written> {
  const { tokenizer } = model;
  const choose = createSampler(greedy);
  const candidates = tokenIndex(tokenizer).all;
  const ids: number[] = [];
  let text = '';
  while (ids.length < tokens) {
    const guess = guessed(ids).slice(0, tokens - ids.length - 1);
    for (const [at, logits] of (await next(ids, guess)).entries()) {
      const id = choose(logits, candidates);
      if (tokenizer.isSpecial(id)) return { ids, text };
      ids.push(id);
      text = textAfter(model, prompt, ids);
      const line = until === 'line' ? /^\s*\S[^\n]*\n/.exec(text)?.[0] : undefined;
      if (line !== undefined) return { ids, text: line };
      if (id !== guess[at]) break;
    }
  }
  return { ids, text };
}

/** What ids add to a prompt: a token may spell differently at the start of a text. */
function textAfter({ tokenizer }: Model, prompt: readonly number[], ids: readonly number[]): string {
  const before = tokenizer.locate(prompt).at(-1)?.end ?? 0;
  return tokenizer.decode([...prompt, ...ids]).slice(before);
}

/** Where each of the tokens stands in what they add to the prompt. */
export function placesAfter(
  { tokenizer }: Model,
  prompt: readonly number[],
  ids: readonly number[],
): readonly TextRange[] {
  const tokens = tokenizer.locate([...prompt, ...ids]);
  const before = tokens[prompt.length - 1]?.end ?? 0;
  return tokens.slice(prompt.length).map(({ start, end }) => ({ start: start - before, end: end - before }));
}
