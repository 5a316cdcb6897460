import type { Change } from '../../core/change/change';
import type { Continues } from '../../core/circuitFile/audit';
import { greedy } from '../../core/generation';
import type { TextRange } from '../../core/text';
import { changedLogits } from '../change/logits';
import type { Model } from '../model';
import { tokenIndex } from '../run/constraint';
import { createSampler } from '../run/sampling';

/** What the model wrote after a prompt. */
export interface Written {
  readonly ids: readonly number[];
  readonly text: string;
}

/** The next token's logits [V] after a text that only grows. */
type Next = (ids: readonly number[]) => Promise<Float32Array>;

/** What the model goes on with, the likeliest token each time. */
export function write(
  model: Model,
  prompt: readonly number[],
  continues: Continues,
  signal?: AbortSignal,
): Promise<Written> {
  const decoder = model.decoder();
  return goOn(model, prompt, continues, (ids) => decoder.step(ids.slice(decoder.length), signal));
}

/** The same under changes, where every token takes a forward of the whole text: a cache knows nothing of changes. */
export function writeUnder(
  model: Model,
  prompt: readonly number[],
  continues: Continues,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<Written> {
  return goOn(
    model,
    prompt,
    continues,
    async (ids) => (await changedLogits(model, ids, [changes], { signal }))[0]!,
  );
}

async function goOn(
  model: Model,
  prompt: readonly number[],
  { until, tokens }: Continues,
  next: Next,
): Promise<Written> {
  const { tokenizer } = model;
  const choose = createSampler(greedy);
  const candidates = tokenIndex(tokenizer).all;
  const ids: number[] = [];
  let text = '';
  while (ids.length < tokens) {
    const id = choose(await next([...prompt, ...ids]), candidates);
    if (tokenizer.isSpecial(id)) break;
    ids.push(id);
    text = textAfter(model, prompt, ids);
    const line = until === 'line' ? /^\s*\S[^\n]*\n/.exec(text)?.[0] : undefined;
    if (line !== undefined) return { ids, text: line };
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
