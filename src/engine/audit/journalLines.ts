// A journal's lines come from a file that anybody may have written: nothing in them is believed unread.

import type { AuditEntry, AuditHeader } from '../../core/audit/journal';
import { WhenceError } from '../../core/errors';
import { isObject, type JsonObject } from '../checkpoint/json';

/** What a journal may hold at most; beyond it a sentence says so. */
export const journalLimits = {
  /** Bytes of a line: the first holds the audit files. */
  lineBytes: 32 << 20,
  /** Audit files. */
  files: 200,
  /** Heads and MLPs of a model. */
  parts: 100_000,
} as const;

/**
 * The first line of a journal.
 *
 * @throws WhenceError `bad-input` for what is none
 */
export function headerOf(line: string, place: string): AuditHeader {
  const value = parsed(line);
  const strings = (list: unknown, most: number) =>
    Array.isArray(list) && list.length <= most && list.every((item) => typeof item === 'string');
  const fits =
    value?.kind === 'audit' &&
    value.version === 1 &&
    [value.software, value.model, value.settings, value.sample].every(isObject) &&
    isObject(value.model) &&
    typeof value.model.id === 'string' &&
    typeof value.model.sha256 === 'string' &&
    (value.shard === null || isShard(value.shard)) &&
    strings(value.parts, journalLimits.parts) &&
    Array.isArray(value.files) &&
    value.files.length <= journalLimits.files &&
    value.files.every(isSource);
  if (fits) return value as unknown as AuditHeader;
  throw new WhenceError(
    'bad-input',
    `${place} does not begin as a journal of this version of Whence does: give another folder with --out, or remove it.`,
  );
}

function isShard(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { part, of } = value;
  return isIndex(part) && isIndex(of) && part >= 1 && part <= of;
}

function isSource(value: unknown): boolean {
  const isText = (text: unknown) =>
    isObject(text) &&
    typeof text.text === 'string' &&
    (text.language === null || typeof text.language === 'string');
  return (
    isObject(value) &&
    typeof value.name === 'string' &&
    typeof value.text === 'string' &&
    [value.prompts, value.controls].every((list) => Array.isArray(list) && list.every(isText))
  );
}

/**
 * A later line of a journal; null for what is none.
 *
 * @param findings of each file, how many findings it has
 */
export function entryOf(
  line: string,
  { parts }: AuditHeader,
  findings: readonly number[],
): AuditEntry | null {
  const value = parsed(line);
  if (!value) return null;
  const { kind, file, finding } = value;
  if (kind === 'ordinary') {
    const named = Array.isArray(value.parts) && value.parts.every((name) => parts.includes(name as string));
    return named && typeof value.loss === 'number' ? (value as unknown as AuditEntry) : null;
  }
  if (!isIndex(file) || file >= findings.length || !isIndex(value.pair)) return null;
  if (kind === 'pair') {
    const fits = [value.probe, value.control].every((side) => isSide(side, findings[file]!));
    return fits ? (value as unknown as AuditEntry) : null;
  }
  if (!isIndex(finding) || finding >= findings[file]!) return null;
  const fits =
    (kind === 'explained' && [value.probe, value.control].every((side) => isCarried(side, parts.length))) ||
    (kind === 'ablated' && isValue(value.top) && isValue(value.random));
  return fits ? (value as unknown as AuditEntry) : null;
}

function isSide(value: unknown, findings: number): boolean {
  return (
    isObject(value) &&
    typeof value.text === 'string' &&
    Array.isArray(value.ids) &&
    value.ids.every(isIndex) &&
    Array.isArray(value.values) &&
    value.values.length === findings &&
    value.values.every(isValue)
  );
}

function isCarried(value: unknown, parts: number): boolean {
  const isNumber = (number: unknown) => typeof number === 'number';
  return (
    isObject(value) &&
    isNumber(value.total) &&
    Array.isArray(value.parts) &&
    value.parts.length === parts &&
    value.parts.every(isNumber) &&
    Array.isArray(value.pieces) &&
    value.pieces.every((piece) => Array.isArray(piece) && typeof piece[0] === 'string' && isNumber(piece[1]))
  );
}

function isValue(value: unknown): boolean {
  return typeof value === 'boolean' || typeof value === 'number';
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parsed(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
