import type { Anchors } from './anchors';
import { WhenceError } from './errors';
import type { WhenceRecord } from './record';

/** Limits of what is read back from disk; a file beyond them is not one that Whence wrote. */
export const recordLimits = { bytes: 16 * 2 ** 20, tokens: 200_000, alternatives: 100 } as const;

type Json = Record<string, unknown>;

/** The record in a file's text. Throws a `storage` error that says what is wrong with it. */
export function parseRecord(text: string): WhenceRecord {
  const json = parse(text);
  const wrong = problemOf(json);
  if (wrong !== null) throw damaged(wrong);
  return json as unknown as WhenceRecord;
}

/** Anchors as they are stored: numbers in a row are a tenth of the size of objects. */
export function writeAnchors(anchors: Anchors): string {
  return JSON.stringify({
    schemaVersion: 1,
    ranges: anchors.ranges.flatMap((range) => [range.start, range.end]),
    stale: anchors.stale.flatMap((stale, i) => (stale ? [i] : [])),
  });
}

/** The anchors in a file's text, for a record of so many tokens. */
export function parseAnchors(text: string, tokens: number): Anchors {
  const { schemaVersion, ranges, stale } = parse(text);
  if (schemaVersion !== 1) throw damaged(`its version is ${String(schemaVersion)}, not 1`);
  if (!isOffsets(ranges) || ranges.length !== 2 * tokens)
    throw damaged(`it should have ${2 * tokens} offsets`);
  if (!isOffsets(stale)) throw damaged('its list of stale tokens is no list of numbers');
  const isStale = new Set(stale);
  return {
    ranges: Array.from({ length: tokens }, (_, i) => ({ start: ranges[2 * i]!, end: ranges[2 * i + 1]! })),
    stale: Array.from({ length: tokens }, (_, i) => isStale.has(i)),
  };
}

function parse(text: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is no JSON', cause);
  }
  if (!isObject(json)) throw damaged('it is no JSON object');
  return json;
}

function damaged(reason: string, cause?: unknown): WhenceError {
  return new WhenceError('storage', `The stored record cannot be read: ${reason}.`, { cause });
}

/** The first thing about a record's JSON that code relying on its type would stumble over; null if there is none. */
function problemOf(json: Json): string | null {
  if (json.schemaVersion !== 1) return `its version is ${String(json.schemaVersion)}, not 1`;
  const texts = ['id', 'created', 'document', 'language', 'text'];
  const missing = texts.find((name) => typeof json[name] !== 'string');
  if (missing) return `it has no ${missing}`;
  if (json.kind !== 'generated' && json.kind !== 'selection') return 'its kind is unknown';
  if (!isObject(json.model) || typeof json.model.sha256 !== 'string' || typeof json.model.id !== 'string')
    return 'it names no model';
  if (json.steering !== undefined && !isSteered(json.steering)) return 'how it was steered is damaged';
  if (!isOffset(json.offset) || !isOffset(json.first)) return 'its offsets are no numbers';
  const length = (json.text as string).length;
  if (!isRange(json.asked, length)) return 'what was asked for is damaged';
  if (!isList(json.tokens, recordLimits.tokens) || !json.tokens.every((token) => isToken(token, length)))
    return 'its tokens are damaged';
  if (!isList(json.statistics, recordLimits.tokens) || !json.statistics.every(isStatistics))
    return 'its statistics are damaged';
  if (json.first + json.statistics.length !== json.tokens.length)
    return 'its statistics do not fit its tokens';
  return null;
}

function isSteered(json: unknown): boolean {
  return (
    isObject(json) &&
    typeof json.name === 'string' &&
    isOffset(json.layer) &&
    typeof json.strength === 'number'
  );
}

function isToken(json: unknown, length: number): boolean {
  return (
    isObject(json) &&
    isOffset(json.id) &&
    typeof json.text === 'string' &&
    typeof json.special === 'boolean' &&
    isRange(json, length)
  );
}

function isRange(json: unknown, length: number): boolean {
  return (
    isObject(json) &&
    isOffset(json.start) &&
    isOffset(json.end) &&
    json.start <= json.end &&
    json.end <= length
  );
}

function isStatistics(json: unknown): boolean {
  return (
    isObject(json) &&
    [json.logit, json.probability, json.rank, json.entropy].every((value) => typeof value === 'number') &&
    isList(json.alternatives, recordLimits.alternatives) &&
    json.alternatives.every(
      (other) =>
        isObject(other) &&
        isOffset(other.id) &&
        typeof other.text === 'string' &&
        typeof other.probability === 'number',
    )
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown, most: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most;
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOffsets(value: unknown): value is readonly number[] {
  return isList(value, 2 * recordLimits.tokens) && value.every(isOffset);
}
