import { WhenceError } from '../../core/errors';
import type { Explanation } from '../../core/explanation';
import {
  type ScoredUnit,
  scoredUnits,
  segmentOfEach,
  textIdentifiers,
  unitsOf,
} from '../../core/granularity';
import { originOf } from '../../core/origin';
import { type Paraphrase, tierOf, type Variant, variantHolds } from '../../core/paraphrase';
import type { ExplainParams, ParaphraseParams } from '../../core/protocol';
import { wordAround } from '../../core/whatIf';
import { isWordBefore, wordClass } from '../../core/words';
import { infillOf } from '../checkpoint/fillInMiddle';
import type { Model } from '../model';
import type { Grammars } from '../syntax/grammars';
import { counterfactualOf } from './counterfactual';
import { explain } from './explain';
import { type Answered, type Rewritten, rewritings } from './variants';

/** As the measured check does: so many sources are named at most, and half of those there are. */
const namedLimit = 6;

/**
 * The paraphrase check: the program is renamed, reformatted and stripped of a comment, and explained again each time. Do
 * the same names bring the answer, at their new places? And does the answer follow when another name is put at its source?
 * Costs an explanation for the question itself and one for each way of writing, and a forward.
 *
 * @throws WhenceError as `explain` does, and `bad-argument` for attribution patching
 */
export async function paraphrase(
  model: Model,
  grammars: Grammars,
  params: ParaphraseParams,
  signal?: AbortSignal,
): Promise<Paraphrase> {
  const { language, ...asked } = params;
  if (asked.method === 'attribution-patching') {
    throw new WhenceError(
      'bad-argument',
      'The paraphrase check writes the program anew, and attribution patching compares it with one that is given: choose another method.',
    );
  }
  if (infillOf(asked.ids, (id) => id, model.tokenizer.fillInMiddle)) {
    throw new WhenceError(
      'bad-input',
      'The model filled in a gap here, and the paraphrase check writes anew only what comes before a token: choose a token that was written at the end of a text.',
    );
  }
  const question = { ...asked, contrast: null, verify: true };
  const explanation = await explain(model, question, { signal });
  const program = answeredBy(model, explanation, language);
  const { rewritten, skipped } = await rewritings(grammars, model.tokenizer, program);
  const variants: Variant[] = [];
  const missed = [...skipped];
  for (const each of rewritten) {
    const variant = await tried(model, question, explanation, program, each, signal);
    if (typeof variant === 'string') missed.push({ kind: each.kind, reason: variant });
    else variants.push(variant);
  }
  const counterfactual = await counterfactualOf(model, explanation, signal);
  if (typeof counterfactual === 'string') missed.push({ kind: 'counterfactual', reason: counterfactual });
  const found = { variants, counterfactual: typeof counterfactual === 'string' ? null : counterfactual };
  return { ...found, skipped: missed, tier: tierOf(explanation.verification, found) };
}

/** The context and its answer as a program: the answer as far as its name is known. */
function answeredBy(model: Model, explanation: Explanation, language: string | null): Answered {
  const { tokens, target } = explanation;
  const { tokenizer } = model;
  const context = tokens.slice(0, target.index);
  const before = tokenizer.decode(context.map(({ id }) => id));
  const following = tokens[target.index]?.id === target.id ? tokens.slice(target.index + 1) : [];
  const written = tokenizer
    .decode([...context, target, ...following].map(({ id }) => id))
    .slice(before.length);
  const begun = new RegExp(String.raw`^(\s*)(${wordClass}+|\S?)`, 'u').exec(written);
  const [, lead, name] = begun as unknown as [string, string, string];
  const start = before.length + lead.length;
  const answer = following.length > 0 ? name : wholeName(explanation, before, lead, name);
  const sources = regionsOf(explanation, before)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, namedLimit);
  return {
    text: before + lead + answer,
    language,
    answer: { start, end: start + answer.length },
    sources: sources.flatMap(({ ranges }) => ranges),
  };
}

/** Of an answer that is only begun: the name that it was copied from the beginning of. */
function wholeName(explanation: Explanation, before: string, lead: string, begun: string): string {
  const { from } = originOf(explanation);
  if (from === null || (lead === '' && isWordBefore(before, before.length))) return begun;
  const word = wordAround(before, explanation.tokens[from]!);
  const name = word ? before.slice(word.start, word.end) : begun;
  return name.startsWith(begun) ? name : begun;
}

/** The names, numbers and signs of the context that may be named: not the last one, whose loss would break any prediction. */
function regionsOf({ tokens, target, sources }: Explanation, text: string): ScoredUnit[] {
  const context = tokens.slice(0, target.index).filter(({ start, end }) => end > start);
  return scoredUnits(unitsOf(context, textIdentifiers(text), text), sources).filter(
    ({ tokens: members, ranges }) =>
      !members.includes(target.index - 1) &&
      ranges.some(({ start, end }) => text.slice(start, end).trim() !== ''),
  );
}

/** The strongest regions that speak for the answer, by their places in the list. */
function strongest(scores: readonly number[]): number[] {
  const count = Math.min(namedLimit, Math.floor(scores.length / 2));
  return scores
    .map((_, at) => at)
    .filter((at) => scores[at]! > 0)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, count);
}

/** One way of writing the program, explained; a reason where its answer cannot be asked about. */
async function tried(
  model: Model,
  asked: ExplainParams,
  explanation: Explanation,
  { text, answer }: Answered,
  { kind, change, edited }: Rewritten,
  signal?: AbortSignal,
): Promise<Variant | string> {
  const { tokenizer, info } = model;
  const special = explanation.tokens.findIndex(({ start, end }) => end > start);
  const ids = [
    ...explanation.tokens.slice(0, special).map(({ id }) => id),
    ...tokenizer.encode(edited.text).map(({ id }) => id),
  ];
  const tokens = tokenizer.locate(ids);
  const { start } = edited.rangeOf(answer);
  const position = tokens.findIndex((token) => token.start <= start && start < token.end);
  if (position < 1 || edited.text.slice(tokens[position]!.start, start).trim() !== '') {
    return 'the answer is no token of its own there';
  }
  if (position > info.contextLength)
    return `the text becomes longer than the ${info.contextLength} tokens of the model`;
  const { target, sources } = await explain(
    model,
    { ...asked, ids: ids.slice(0, position + 1), position, target: null, verify: false },
    { signal },
  );
  const regions = regionsOf(explanation, text);
  const places = regions.map(({ ranges }) => ({
    ranges: ranges.map((range) => edited.rangeOf(range)).filter((range) => range.end > range.start),
  }));
  const scores = regions.map(() => 0);
  for (const [at, region] of segmentOfEach(tokens.slice(0, position), places, edited.text).entries()) {
    if (region !== null) scores[region]! += sources[at]!.score;
  }
  const named = strongest(regions.map(({ score }) => score));
  const still = new Set(strongest(scores));
  const kept = named.filter((at) => still.has(at));
  const brought = (list: readonly number[]) => list.reduce((sum, at) => sum + regions[at]!.score, 0);
  const firstTokens = (list: readonly number[]) => list.map((at) => regions[at]!.tokens[0]!);
  const variant = {
    kind,
    change,
    expected: target.text,
    probability: { before: explanation.target.probability, after: target.probability },
    rank: target.rank,
    named: firstTokens(named),
    kept: firstTokens(kept),
    share: named.length === 0 ? 0 : brought(kept) / brought(named),
  };
  return { ...variant, holds: variantHolds(variant, explanation.target.rank) };
}
