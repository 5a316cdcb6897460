// What a circuit is of, as the panel shows it.

import { answerOf } from '../../core/answer';
import type { CircuitSubject } from '../../core/circuitPanel';
import { showToken } from '../../core/display';
import type { GraphDocument } from '../../core/graphDocument';
import { metricInWords } from '../../core/metricWords';
import { statisticsOf } from '../../core/record';
import { nameOf } from '../documents';
import type { Explainer, Question } from '../explainer';
import { hashOf } from '../hash';
import type { PlacedRecord } from '../records/records';
import { linesOfTokens } from '../tokenView';

/** The same for the same question about the same text to the same model, whatever happened to the record since. */
export function circuitId({ record, index, contrast }: Question): string {
  const ids = record.tokens.slice(0, index + 1).map(({ id }) => id);
  return hashOf(JSON.stringify([record.model.sha256, ids, contrast])).slice(0, 16);
}

export function subjectOf(placed: PlacedRecord, question: Question, explainer: Explainer): CircuitSubject {
  const { record, index, contrast } = question;
  const lineOf = linesOfTokens(placed);
  const target = record.tokens[index]!.text;
  const subject: CircuitSubject = {
    id: circuitId(question),
    title: `${showToken(target)} in ${nameOf(record.document)}`,
    model: record.model.id,
    precision: record.model.precision,
    target,
    contrast,
    probability: statisticsOf(record, index)?.probability ?? null,
    metric: metricInWords(contrast),
    sentence: null,
    tokens: record.tokens
      .slice(0, index)
      .map(({ text, special }, at) => ({ text, special, line: special ? null : lineOf(at) })),
  };
  return subjectOfQuestion(subject, question, explainer);
}

/** The same with the answer in words, which may have come later. */
export function subjectOfQuestion(
  subject: CircuitSubject,
  question: Question,
  explainer: Explainer,
): CircuitSubject {
  const { explanation } = explainer.known(question);
  if (!explanation) return subject;
  const lineOf = (index: number) => subject.tokens[index]?.line ?? 0;
  return {
    ...subject,
    sentence: answerOf(explanation, explainer.headScores(question.record), lineOf).sentence,
  };
}

/** Of a graph from a file. */
export function subjectOfFile(
  file: { readonly id: string; readonly name: string },
  { graph, model, tokens }: GraphDocument,
): CircuitSubject {
  const logits = graph.nodes.filter(({ kind }) => kind === 'logit');
  const [only] = logits.length === 1 ? logits : [];
  return {
    id: file.id,
    title: file.name,
    model,
    precision: null,
    target: only ? tokenIn(only.label) : null,
    contrast: null,
    probability: only?.probability ?? null,
    metric: 'What the logits are made of, as the file says',
    sentence: null,
    tokens: tokens.map((text) => ({ text, line: null, special: false })),
  };
}

/** The token of a logit's label, which stands between its first quotes. */
function tokenIn(label: string): string {
  return /(["'])([\s\S]*?)\1/.exec(label)?.[2] ?? label;
}
