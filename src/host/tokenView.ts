// What is known of a token, put together from its record, where the record stands in the document, and the explanation:
// the card of the hover and the state of the panels.

import * as vscode from 'vscode';
import { type Answer, answerOf } from '../core/answer';
import { type Card, cardOf } from '../core/card';
import { WhenceError } from '../core/errors';
import type { Explanation } from '../core/explanation';
import { type Granularity, type ScoredUnit, scoredUnits, unitsOf } from '../core/granularity';
import type { PanelState, PanelToken } from '../core/panel';
import { Lines } from '../core/places';
import { recordTitle, statisticsOf, type WhenceRecord } from '../core/record';
import { steeredSentence } from '../core/steeringWords';
import type { Surroundings } from '../core/unsupported';
import { linesOf } from './documents';
import type { Explainer, Question } from './explainer';
import type { Mode } from './manifest';
import type { PlacedRecord } from './records/records';
import type { Segmenter } from './segmenter';

/** Null when the token has no statistics, as those of the context. */
export function cardFor(placed: PlacedRecord, question: Question, explainer: Explainer): Card | null {
  const { record, index } = question;
  const statistics = statisticsOf(record, index);
  if (!statistics) return null;
  const { explanation } = explainer.known(question);
  const lineOf = linesOfTokens(placed);
  const scores = explainer.headScores(record);
  const explained = explanation && {
    explanation,
    answer: answerOf(explanation, scores, lineOf, around(record)),
  };
  return cardOf(record.tokens[index]!, statistics, explained, scores, lineOf);
}

export function panelStateFor(
  placed: PlacedRecord,
  question: Question,
  explainer: Explainer,
  mode: Mode,
): Omit<PanelState, 'asked' | 'granularity' | 'units'> {
  const { record, anchors } = placed;
  const { explanation, progress, error } = explainer.known(question);
  const lineOf = linesOfTokens(placed);
  const headScores = explainer.headScores(record);
  const stale = anchors.stale[question.index] === true;
  const answer: Answer | null = explanation && answerOf(explanation, headScores, lineOf, around(record));
  const tokens = record.tokens.map(
    (token, index): PanelToken => ({
      index,
      text: token.text,
      line: lineOf(index),
      probability: statisticsOf(record, index)?.probability ?? null,
      stale: anchors.stale[index]!,
      special: token.special,
    }),
  );
  return {
    record: {
      id: record.id,
      title: recordTitle(record),
      model: record.model.id,
      precision: record.model.precision,
      steered: record.steering ? steeredSentence(record.steering) : null,
    },
    tokens,
    first: record.first,
    selected: question.index,
    end: question.end,
    method: question.method,
    mode,
    explanation,
    answer,
    headScores,
    progress,
    // What was explained before the edit still says what the model wrote; the panel tells so.
    error: (stale && !explanation ? staleError(record.tokens[question.index]!.text) : error)?.message ?? null,
  };
}

/** The sources of an explanation summed up; null for single tokens, and while the text is not cut up yet. */
export function unitsFor(
  record: WhenceRecord,
  { sources }: Explanation,
  segmenter: Segmenter,
  granularity: Granularity,
): readonly ScoredUnit[] | null {
  const segments = granularity === 'token' ? null : segmenter.of(record)?.[granularity];
  if (!segments) return null;
  const tokens = record.tokens.slice(0, sources.length).map((token, index) => ({ ...token, index }));
  return scoredUnits(unitsOf(tokens, segments, record.text), sources);
}

/** Why a token is not explained whose text was changed. */
function staleError(text: string): WhenceError {
  const named = text.trim() === '' ? 'This text' : `“${text.trim()}”`;
  return new WhenceError(
    'bad-input',
    `${named} was changed after the model wrote or read it, so the record no longer explains it. Explain the selection or complete again.`,
  );
}

/** What may support a name of the record beside its context: as far as it is known, the document as it is now. */
function around(record: WhenceRecord): Surroundings {
  const document = openDocument(record);
  return { language: record.language, document: document ? linesOf(document).text : record.text };
}

function openDocument(record: WhenceRecord): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((open) => open.uri.toString() === record.document);
}

/**
 * The document line on which each token starts: where it stands now, or, while the document is closed, where it would
 * if the text were the document.
 */
export function linesOfTokens({ record, anchors }: PlacedRecord): (index: number) => number {
  const document = openDocument(record);
  if (document) {
    const lines = linesOf(document);
    return (index) => lines.lineOf(anchors.ranges[index]?.start ?? 0);
  }
  const lines = new Lines(record.text);
  return (index) => lines.lineOf(record.tokens[index]?.start ?? 0);
}
