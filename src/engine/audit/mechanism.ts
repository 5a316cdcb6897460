import type { Carried, ExplainedEntry, PairEntry, Side } from '../../core/audit/journal';
import type { Piece } from '../../core/audit/pieces';
import type { FindingClaim } from '../../core/circuitFile/audit';
import { WhenceError } from '../../core/errors';
import { defaultSettings } from '../../core/explanation';
import type { TextRange } from '../../core/text';
import { attributeDirectly } from '../explain/direct';
import { partsOf } from '../explain/methods/parts';
import { secant } from '../explain/methods/secant';
import { spanMetric } from '../explain/metric';
import { type Question, resolve } from '../explain/question';
import type { Model } from '../model';
import { fitText } from '../run/prompt';
import { matchOf } from './pattern';
import { promptIds, questionOf } from './sides';
import { type Audit, piecesAt, type Subject, subjectsAt } from './subjects';
import { placesAfter } from './write';

/** Tokens of what was matched that are explained: the first say what it became. */
const mostTokens = 8;

/** Digits that are kept of a score: more would only fill the journal. */
const digits = 6;

/**
 * What carries a finding in one pair. What was matched after the prompt is asked about after the control as well, as if
 * the model had written it there, so that both are the same question.
 *
 * @throws WhenceError as `resolve`
 */
export async function explainPair(
  model: Model,
  audit: Audit,
  finding: number,
  { file, pair, probe }: PairEntry,
  signal?: AbortSignal,
): Promise<ExplainedEntry> {
  const { claim } = audit.file.findings[finding]!;
  const subjects = subjectsAt(audit, pair);
  const carried = async (side: 'probe' | 'control') => {
    const question = await questionIn(model, audit, claim, subjects[side], probe, subjects.probe, signal);
    return carriedIn(model, audit, pair, side, subjects[side], question, signal);
  };
  return {
    kind: 'explained',
    file,
    finding,
    pair,
    probe: await carried('probe'),
    control: await carried('control'),
  };
}

/** The answer after the prompt; or what was matched in what the model wrote after the pair's own prompt. */
function questionIn(
  model: Model,
  { file }: Audit,
  claim: FindingClaim,
  subject: Subject,
  written: Side,
  writer: Subject,
  signal?: AbortSignal,
): Promise<Question> {
  const prompt = promptIds(model, subject, file.continues.tokens);
  if (claim.kind !== 'matches') return resolve(model, questionOf(subject, prompt), signal);
  const matched = matchOf(claim.pattern, writer.values, written.text);
  if (!matched) {
    throw new WhenceError(
      'bad-input',
      `The journal says that /${claim.pattern.source}/ was found in a text that has no such place: remove the journal, and the audit begins anew.`,
    );
  }
  const places = placesAfter(model, prompt, written.ids);
  const first = Math.max(
    0,
    places.findIndex(({ end }) => end > matched.start),
  );
  const after = places.findIndex(({ start }, at) => at > first && start >= matched.end);
  const last = Math.min(after === -1 ? places.length : after, first + mostTokens);
  const ids = [...prompt, ...written.ids.slice(0, last)];
  const asked = { ids, position: prompt.length + first, end: ids.length, target: null, contrast: null };
  return resolve(model, { ...asked, verify: false }, signal);
}

async function carriedIn(
  model: Model,
  audit: Audit,
  pair: number,
  side: 'probe' | 'control',
  { text, language }: Subject,
  { trace, targets, contrast }: Question,
  signal?: AbortSignal,
): Promise<Carried> {
  const metric = spanMetric(targets, { contrast });
  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits), signal);
  const total = metric.valueOf(trace.logits);
  const { sources, totals } = await secant({
    model,
    trace,
    metric,
    total,
    direct,
    settings: defaultSettings,
    signal,
  });
  const { tokens } = fitText(model.tokenizer, text, language, Number.POSITIVE_INFINITY);
  const pieces = piecesAt(audit, pair, side);
  const scores = new Map<string, number>();
  for (const { index, score } of sources) {
    const token = tokens[index];
    const label = token === undefined ? written : token.special ? format : labelAt(pieces, text, token);
    scores.set(label, (scores.get(label) ?? 0) + score);
  }
  return {
    total: kept(total),
    parts: partsOf(model).map(({ name }) => kept(totals!.get(name)!)),
    pieces: [...scores].map(([label, score]) => [label, kept(score)]),
  };
}

const written = 'what was written before it';
const format = 'what the prompt format puts before the text';

/** The piece in which a token begins to say something: many begin with the space before a word. */
function labelAt(pieces: readonly Piece[], text: string, { start, end }: TextRange): string {
  const said = start + Math.max(0, text.slice(start, end).search(/\S/));
  return (pieces.find((piece) => said < piece.end) ?? pieces.at(-1)!).label;
}

function kept(value: number): number {
  return Number(value.toPrecision(digits));
}
