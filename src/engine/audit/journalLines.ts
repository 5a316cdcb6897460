// A journal's lines come from a file that anybody may have written: nothing in them is believed unread.

import type { AuditEntry, AuditHeader } from '../../core/audit/journal';
import type { FindingClaim } from '../../core/circuitFile/audit';
import { circuitLimits } from '../../core/circuitFile/limits';
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
  /** Machines that share an audit. */
  shards: 10_000,
  /** Pairs that can be looked into of one finding. */
  explained: 500,
} as const;

/** Of each file, what each of its findings claims: it decides what a line may say of it. */
export type Claims = readonly (readonly FindingClaim['kind'][])[];

/**
 * The first line of a journal.
 *
 * @throws WhenceError `bad-input` for what is none, which names what is wrong with it
 */
export function headerOf(line: string, place: string): AuditHeader {
  const value = parsed(line);
  const faulty = value?.kind === 'audit' && value.version === 1 ? faultIn(value) : '';
  if (faulty === null) return value as unknown as AuditHeader;
  throw new WhenceError(
    'bad-input',
    `${place} does not begin as a journal of this version of Whence does${faulty && ` (what it says of its ${faulty} cannot be)`}: give another folder with --out, or remove it.`,
  );
}

/**
 * Whether a journal that begins so could be read again.
 *
 * @throws WhenceError `bad-input` where it would be too large
 */
export function checkHeader(header: AuditHeader): void {
  const { files, parts } = header;
  const refused = (what: string) => {
    throw new WhenceError(
      'bad-input',
      `${what}: run fewer at a time, each time with another folder as --out.`,
    );
  };
  if (files.length > journalLimits.files)
    refused(`${files.length} audit files are more than the ${journalLimits.files} that one run takes`);
  if (parts.length > journalLimits.parts) {
    throw new WhenceError(
      'bad-input',
      `${header.model.id} has ${parts.length} heads and MLPs, more than the ${journalLimits.parts} that an audit takes: choose a smaller model.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(header)) > journalLimits.lineBytes) {
    const most = journalLimits.lineBytes >> 20;
    refused(`The audit files with the texts that they name take more than the ${most} MB that one run takes`);
  }
}

/** The first field that no audit writes so; null where all are as they should be. */
function faultIn({
  software,
  model,
  settings,
  sample,
  shard,
  parts,
  files,
}: JsonObject): keyof AuditHeader | null {
  const texts = (value: unknown, ...keys: readonly string[]) =>
    isObject(value) && keys.every((key) => typeof value[key] === 'string');
  const counts = (value: unknown, ...keys: readonly string[]) =>
    isObject(value) && keys.every((key) => isIndex(value[key]));
  const listed = (list: unknown, most: number, fits: (item: unknown) => boolean) =>
    Array.isArray(list) && list.length <= most && list.every(fits);

  if (!texts(software, 'whence', 'onnxruntime', 'platform')) return 'software';
  if (!texts(model, 'id', 'sha256', 'architecture', 'precision') || !counts(model, 'parameters'))
    return 'model';
  if (!isSettings(settings)) return 'settings';
  if (!texts(sample, 'name', 'sha256') || !counts(sample, 'texts', 'tokens')) return 'sample';
  if (shard !== null && !isShard(shard)) return 'shard';
  if (!listed(parts, journalLimits.parts, (name) => typeof name === 'string')) return 'parts';
  if (!listed(files, journalLimits.files, isSource)) return 'files';
  return null;
}

function isSettings(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { cases, explained, seed } = value;
  const most = circuitLimits.pairs;
  return (
    (cases === null || (isIndex(cases) && cases >= 1 && cases <= most)) &&
    isIndex(explained) &&
    explained <= journalLimits.explained &&
    isIndex(seed)
  );
}

function isShard(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { part, of } = value;
  return isIndex(part) && isIndex(of) && part >= 1 && part <= of && of <= journalLimits.shards;
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

/** A later line of a journal; null for what is none. */
export function entryOf(line: string, { parts }: AuditHeader, claims: Claims): AuditEntry | null {
  const value = parsed(line);
  if (!value) return null;
  const { kind, file, finding } = value;
  if (kind === 'ordinary') {
    const named = Array.isArray(value.parts) && value.parts.every((name) => parts.includes(name as string));
    return named && isNumber(value.loss) ? (value as unknown as AuditEntry) : null;
  }
  if (!isIndex(file) || file >= claims.length || !isIndex(value.pair)) return null;
  if (kind === 'pair') {
    const fits = [value.probe, value.control].every((side) => isSide(side, claims[file]!));
    return fits ? (value as unknown as AuditEntry) : null;
  }
  if (!isIndex(finding) || finding >= claims[file]!.length) return null;
  const outcomes = claims[file]![finding] === 'compares' ? isNumber : isTruth;
  const fits =
    (kind === 'explained' && [value.probe, value.control].every((side) => isCarried(side, parts.length))) ||
    (kind === 'ablated' && outcomes(value.top) && outcomes(value.random));
  return fits ? (value as unknown as AuditEntry) : null;
}

function isSide(value: unknown, claims: Claims[number]): boolean {
  return (
    isObject(value) &&
    typeof value.text === 'string' &&
    Array.isArray(value.ids) &&
    value.ids.length <= circuitLimits.tokens &&
    value.ids.every(isIndex) &&
    Array.isArray(value.values) &&
    value.values.length === claims.length &&
    value.values.every((each, at) => (claims[at] === 'matches' ? isTruth(each) : isNumber(each)))
  );
}

function isCarried(value: unknown, parts: number): boolean {
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

function isTruth(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** JSON has numbers that are none in JavaScript, as 1e999. */
function isNumber(value: unknown): boolean {
  return Number.isFinite(value);
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
