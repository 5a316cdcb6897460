import type { GenerateResult, Sampling, ScoredToken, ScoreResult, Truncation } from './generation';
import type { ModelIdentity } from './model';
import type { TokenStatistics } from './statistics';
import type { TextRange, Token } from './text';

/**
 * What is kept of one run of the model: enough to explain any of its tokens later, exactly as they were computed. It
 * never changes; where its tokens are in the document now is told by its `Anchors`.
 */
export interface WhenceRecord {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly kind: 'generated' | 'selection';
  /** ISO 8601. */
  readonly created: string;
  /** The document's URI. */
  readonly document: string;
  readonly language: string;
  readonly model: ModelIdentity;
  /** Null for code that was read, not written. */
  readonly sampling: Sampling | null;
  /** The steering vector under which it was written; absent, none. */
  readonly steering?: Steered;
  /** What the model read and wrote, with `\n` line ends. */
  readonly text: string;
  /** Where `text` stood in the document, in UTF-16 units with `\n` line ends. */
  readonly offset: number;
  /** The part of `text` that the model wrote, or that was selected. Tokens at its edges may reach beyond it. */
  readonly asked: TextRange;
  /**
   * Context first, then the tokens that can be explained. Their ranges are into `text`. Where a gap was filled in, the context
   * has text that stands behind it.
   */
  readonly tokens: readonly Token[];
  /** Index of the first token that can be explained. */
  readonly first: number;
  /** Of token `first + i`. */
  readonly statistics: readonly TokenStatistics[];
  readonly truncation: Truncation | null;
}

/** A steering vector, as a record names it. */
export interface Steered {
  readonly name: string;
  readonly layer: number;
  readonly strength: number;
}

/** What a record says beside the model's own answer. */
export type RecordOrigin = Pick<
  WhenceRecord,
  'id' | 'created' | 'document' | 'language' | 'model' | 'sampling' | 'steering'
>;

/**
 * The record of a generation. `text` is what was sent, and `offset` where that begins in the document; the model's
 * ranges are into `text`, its continuation, and what the model read of the text behind the cursor.
 */
export function recordOfGeneration(
  origin: RecordOrigin,
  text: string,
  offset: number,
  result: GenerateResult,
): WhenceRecord {
  const whole = text + result.text + result.after;
  const asked = { start: text.length, end: text.length + result.text.length };
  const tokens = { prompt: result.prompt, scored: result.generated };
  return recordOf('generated', origin, whole, offset, asked, tokens, result.truncation);
}

/** The record of code that was read: `range` of `text`, which is as for a generation. */
export function recordOfSelection(
  origin: RecordOrigin,
  text: string,
  offset: number,
  range: TextRange,
  result: ScoreResult,
): WhenceRecord {
  return recordOf('selection', origin, text, offset, range, result, result.truncation);
}

function recordOf(
  kind: WhenceRecord['kind'],
  origin: RecordOrigin,
  whole: string,
  offset: number,
  asked: TextRange,
  { prompt, scored }: { readonly prompt: readonly Token[]; readonly scored: readonly ScoredToken[] },
  truncation: Truncation | null,
): WhenceRecord {
  const tokens = [...prompt, ...scored];
  const texts = tokens.filter((token) => !token.special);
  const start = texts.length === 0 ? 0 : Math.min(...texts.map((token) => token.start));
  const end = texts.reduce((most, token) => Math.max(most, token.end), start);
  return {
    schemaVersion: 1,
    ...origin,
    kind,
    text: whole.slice(start, end),
    offset: offset + start,
    asked: relative(asked, start, end),
    tokens: tokens.map(({ id, text, special, ...range }) => ({
      id,
      text,
      special,
      ...relative(range, start, end),
    })),
    first: prompt.length,
    statistics: scored.map((token) => token.statistics),
    truncation,
  };
}

function relative(range: TextRange, start: number, end: number): TextRange {
  const within = (at: number) => Math.min(Math.max(at, start), end) - start;
  return { start: within(range.start), end: within(range.end) };
}

/** One line that tells records apart in a list: the beginning of what was asked for. */
export function recordTitle(record: WhenceRecord): string {
  const line = record.text
    .slice(record.asked.start, record.asked.end)
    .split('\n')
    .map((part) => part.trim())
    .find((part) => part !== '');
  if (line === undefined) return '(blank text)';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** The statistics of token `index`; null for the context, of which none are kept. */
export function statisticsOf(record: WhenceRecord, index: number): TokenStatistics | null {
  return record.statistics[index - record.first] ?? null;
}

/** True when token `index` can be explained. */
export function isExplainable(record: WhenceRecord, index: number): boolean {
  return statisticsOf(record, index) !== null && !record.tokens[index]!.special;
}
