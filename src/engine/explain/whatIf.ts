import { WhenceError } from '../../core/errors';
import type { TextRange } from '../../core/text';
import {
  type ContextChange,
  type NextToken,
  placesOf,
  type RankSourcesParams,
  type SourceRanking,
  type TokenChance,
  type WhatIf,
  type WhatIfParams,
} from '../../core/whatIf';
import { textBefore } from '../checkpoint/infillText';
import type { Model, Tokenizer } from '../model';
import { Distribution } from './distribution';
import { checkQuestion } from './question';
import { reread } from './reread';
import { logitsWithout } from './verify';

/** Rows of one run: what bounds the memory, and how soon a withdrawn question ends. */
const rowsPerRun = 16;
const alternativeCount = 10;

/**
 * What the model would write if the context were another one. Deleted and renamed text is read anew, so that its tokens
 * may be others; masked tokens keep their places, and the mean embedding stands for what they are.
 *
 * @throws WhenceError `bad-argument` for a change that changes nothing, `bad-input` for a context that becomes too long
 */
export async function whatIf(
  model: Model,
  { ids, position, change }: WhatIfParams,
  signal?: AbortSignal,
): Promise<WhatIf> {
  checkQuestion(model, ids, position);
  const context = ids.slice(0, position);
  checkIndices(change.kind === 'rename' ? [] : change.indices, position);
  const before = await distributionAfter(model, context, signal);
  const target = ids[position] ?? before.first();
  const changed = change.kind === 'mask' ? context : changedIds(model, ids, position, change);
  const after =
    change.kind === 'mask'
      ? new Distribution((await logitsWithout(model, context, [change.indices], signal))[0]!)
      : await distributionAfter(model, changed, signal);
  const expected = change.kind === 'rename' ? expectedAfter(model.tokenizer, ids, position, change) : null;
  return {
    change,
    before: nextToken(model.tokenizer, before, target, context.length),
    after: nextToken(model.tokenizer, after, target, changed.length),
    renamed:
      expected === null || expected === target
        ? null
        : {
            before: chanceOf(model.tokenizer, before, expected),
            after: chanceOf(model.tokenizer, after, expected),
          },
    moved: distance(before, after),
  };
}

/**
 * Masks each group of tokens alone and says how much that changes what comes next (leave-one-out, Li et al. 2016). Costs
 * a forward for each group.
 *
 * @param onProgress called with the share that is done
 */
export async function rankSources(
  model: Model,
  { ids, position, groups }: RankSourcesParams,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (fraction: number) => void } = {},
): Promise<SourceRanking> {
  const { signal, onProgress } = options;
  checkQuestion(model, ids, position);
  for (const group of groups) checkIndices(group, position);
  const context = ids.slice(0, position);
  const { tokenizer } = model;
  const before = await distributionAfter(model, context, signal);
  const target = ids[position] ?? before.first();
  const sources: SourceRanking['sources'][number][] = [];
  for (let start = 0; start < groups.length; start += rowsPerRun) {
    const rows = groups.slice(start, start + rowsPerRun);
    const outcomes = await logitsWithout(model, context, rows, signal);
    outcomes.forEach((logits, row) => {
      const after = new Distribution(logits);
      const first = after.first();
      sources.push({
        indices: rows[row]!,
        probability: after.probabilityOf(target),
        first: { id: first, text: tokenizer.textOf(first), probability: after.probabilityOf(first) },
        moved: distance(before, after),
      });
    });
    onProgress?.(sources.length / groups.length);
  }
  sources.sort((a, b) => b.moved - a.moved || a.indices[0]! - b.indices[0]!);
  return { target: chanceOf(tokenizer, before, target), sources };
}

async function distributionAfter(model: Model, ids: readonly number[], signal?: AbortSignal) {
  const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1], signal });
  return new Distribution(logits!.data);
}

/** The context read anew after its text was changed; the prompt format's tokens at its start stay. */
function changedIds(
  { tokenizer, info }: Model,
  ids: readonly number[],
  position: number,
  change: Exclude<ContextChange, { kind: 'mask' }>,
): readonly number[] {
  const context = ids.slice(0, position);
  const deleted = change.kind === 'delete';
  // A word that goes on behind the context is another word.
  const through = deleted ? context : ids.slice(0, position + 1);
  const end = textBefore(tokenizer, context).length;
  const ahead = textBefore(tokenizer, through).length - end;
  const outside = (range: TextRange) => range.end <= end || range.start >= end + ahead;
  const ranges = deleted
    ? rangesOf(tokenizer, context, change.indices)
    : placesOf(change.from, tokenizer.decode(through)).filter(outside);
  const read = reread(tokenizer, context, ranges, deleted ? '' : change.to, ahead);
  if (tokenizer.decode(read) === tokenizer.decode(context)) {
    throw new WhenceError(
      'bad-argument',
      change.kind === 'rename'
        ? `${JSON.stringify(change.from)} is nowhere above the token, so renaming it changes nothing: choose another source.`
        : 'What was to be deleted has no text, so nothing would change: choose another source.',
    );
  }
  if (read.length === 0) {
    throw new WhenceError('bad-input', 'Nothing is left of the text above the token: delete less of it.');
  }
  if (read.length > info.contextLength) {
    throw new WhenceError(
      'bad-input',
      `The changed text has ${read.length} tokens, but ${info.id} was made for ${info.contextLength}: choose a shorter name.`,
    );
  }
  return read;
}

function rangesOf(
  tokenizer: Tokenizer,
  ids: readonly number[],
  indices: readonly number[],
): readonly TextRange[] {
  const tokens = tokenizer.locate(ids);
  return indices.map((index) => tokens[index]!).filter(({ start, end }) => end > start);
}

/** The token that begins the new name, where the token asked about begins a place of the old one. */
function expectedAfter(
  tokenizer: Tokenizer,
  ids: readonly number[],
  position: number,
  { from, to }: { readonly from: string; readonly to: string },
): number | null {
  const text = tokenizer.decode(ids);
  const token = tokenizer.locate(ids)[position];
  if (!token) return null;
  const lead = /^\s*/.exec(text.slice(token.start, token.end))![0];
  const start = token.start + lead.length;
  if (!placesOf(from, text).some((place) => place.start === start)) return null;
  return tokenizer.encode(lead + to)[0]?.id ?? null;
}

function nextToken(
  tokenizer: Tokenizer,
  distribution: Distribution,
  target: number,
  context: number,
): NextToken {
  const alternatives = distribution.best(alternativeCount).map((id) => ({
    id,
    text: tokenizer.textOf(id),
    probability: distribution.probabilityOf(id),
  }));
  return { context, target: chanceOf(tokenizer, distribution, target), alternatives };
}

function chanceOf(tokenizer: Tokenizer, distribution: Distribution, id: number): TokenChance {
  return {
    id,
    text: tokenizer.textOf(id),
    probability: distribution.probabilityOf(id),
    rank: distribution.rankOf(id),
  };
}

/** Total variation: half of the sum of differences. */
function distance(a: Distribution, b: Distribution): number {
  let sum = 0;
  for (let id = 0; id < a.logits.length; id++) sum += Math.abs(a.probabilityOf(id) - b.probabilityOf(id));
  return sum / 2;
}

function checkIndices(indices: readonly number[], position: number): void {
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= position);
  if (wrong === undefined) return;
  throw new WhenceError(
    'bad-argument',
    `Token ${wrong} is not in the context of token ${position}: choose one before it.`,
  );
}
