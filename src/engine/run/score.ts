import { WhenceError } from '../../core/errors';
import type { ScoreParams, ScoreResult } from '../../core/generation';
import type { TokenStatistics } from '../../core/statistics';
import { Distribution } from '../explain/distribution';
import type { Model } from '../model';
import { fitText } from './prompt';

/** Positions whose logits are in memory at a time: a vocabulary of 150,000 takes 20 MB of them. */
const chunk = 32;

/**
 * Scores text that is already there, teacher-forced: what the model said of each token of the range, given all before
 * it. Where text and range do not fit into the context, the start is left out, of the range too if need be; the first
 * token of all is never scored, as nothing predicts it.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`, or what the model throws
 */
export async function score(
  model: Model,
  { text, language, range }: ScoreParams,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ScoreResult> {
  checkRange(text, range);
  const { tokenizer, info } = model;
  const fitted = fitText(tokenizer, text.slice(0, range.end), language, info.contextLength);
  const { tokens, truncation } = fitted;
  const touches = tokens.findIndex(({ end, special }) => !special && end > range.start);
  const first = Math.max(1, touches);
  if (touches === -1 || first >= tokens.length) {
    throw new WhenceError(
      'bad-input',
      'The selection is the first token of the text, and nothing before it predicts it. Select more.',
    );
  }
  const ids = tokens.map(({ id }) => id);
  const statistics = await statisticsOf(model, ids, first, signal);
  const scored = tokens.slice(first).map((token, i) => ({ ...token, statistics: statistics[i]! }));
  return { prompt: tokens.slice(0, first), scored, truncation };
}

/** What the model said of every token from the one at `first` on, given all before it: in one pass, in fp32. */
export async function statisticsOf(
  model: Model,
  ids: readonly number[],
  first: number,
  signal?: AbortSignal,
): Promise<readonly TokenStatistics[]> {
  const { tokenizer, info } = model;
  const residual = `blocks.${info.layers - 1}.hook_resid_post`;
  const { hooks } = await model.forward({ ids: [ids], hooks: [residual], logits: 'none', signal });
  const { dims, data } = hooks.get(residual)!;
  const width = dims[2]!;
  const found: TokenStatistics[] = [];
  for (let start = first; start < ids.length; start += chunk) {
    const end = Math.min(start + chunk, ids.length);
    // The logits for a token are those after the one before it.
    const rows = data.subarray((start - 1) * width, (end - 1) * width);
    const logits = await model.readout({ dims: [1, end - start, width], data: rows }, signal);
    const size = logits.dims[2]!;
    for (let i = start; i < end; i++) {
      const row = logits.data.subarray((i - start) * size, (i - start + 1) * size);
      found.push(new Distribution(row).statistics(ids[i]!, tokenizer));
    }
  }
  return found;
}

function checkRange(text: string, { start, end }: ScoreParams['range']): void {
  if (text === '') {
    throw new WhenceError(
      'bad-input',
      'The document is empty, so there is nothing to explain. Write some code.',
    );
  }
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > text.length || start > end) {
    throw new WhenceError(
      'bad-argument',
      `There is no range from ${start} to ${end} in a text of ${text.length} characters.`,
    );
  }
  if (start === end) {
    throw new WhenceError('bad-input', 'Nothing is selected. Select the code that you want explained.');
  }
}
