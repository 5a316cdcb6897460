import type { Side } from '../../core/audit/journal';
import type { AuditFile, FindingClaim } from '../../core/circuitFile/audit';
import type { CircuitQuestion } from '../../core/circuitTest';
import { WhenceError } from '../../core/errors';
import { outputOf } from '../circuitTest/evidence';
import { resolve } from '../explain/question';
import type { Model } from '../model';
import { fitText } from '../run/prompt';
import { matchOf } from './pattern';
import type { Subject } from './subjects';
import { write } from './write';

/**
 * What the model does after a prompt: what it goes on with where a finding reads that, and each finding's measure.
 *
 * @throws WhenceError `bad-input` where the prompt does not fit the model, `cancelled`
 */
export async function sideOf(
  model: Model,
  { continues, findings }: AuditFile,
  subject: Subject,
  signal?: AbortSignal,
): Promise<Side> {
  const prompt = promptIds(model, subject, continues.tokens);
  const reads = findings.some(({ claim }) => claim.kind === 'matches');
  const written = reads ? await write(model, prompt, continues, signal) : { ids: [], text: '' };
  const measures = findings.some(({ claim }) => claim.kind !== 'matches');
  const question = measures ? await resolve(model, questionOf(subject, prompt), signal) : null;
  const values = findings.map(({ claim }) =>
    claim.kind === 'matches'
      ? matchOf(claim.pattern, subject.values, written.text) !== null
      : outputOf(question!, claim.measure, question!.trace.logits),
  );
  return { ...written, values };
}

/** The prompt's tokens; nothing of it is left out, and there is room for what is written. */
export function promptIds({ tokenizer, info }: Model, { text, language }: Subject, room: number): number[] {
  const { tokens } = fitText(tokenizer, text, language, Number.POSITIVE_INFINITY);
  if (tokens.length + room <= info.contextLength) return tokens.map(({ id }) => id);
  throw new WhenceError(
    'bad-input',
    `A prompt has ${tokens.length} tokens, and with the ${room} that may be written that is more than the ${info.contextLength} of ${info.id}: shorten it.`,
  );
}

export function questionOf({ answer, contrast }: Subject, ids: readonly number[]) {
  const question: CircuitQuestion = { ids, position: ids.length, target: answer, contrast };
  return { ...question, verify: false };
}

/** Whether a measured value makes a case a finding. A comparison makes none: its mean is the finding. */
export function isFound(claim: FindingClaim, value: boolean | number): boolean {
  if (typeof value === 'boolean') return value;
  if (claim.kind !== 'output') return false;
  const { least, most } = claim.bound;
  return value >= (least ?? -Infinity) && value <= (most ?? Infinity);
}
