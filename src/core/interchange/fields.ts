import { WhenceError } from '../errors';

/** An object of a foreign file. */
export type Fields = Readonly<Record<string, unknown>>;

/** Characters of a label or an id that are kept. */
const longestText = 2000;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, cut where it is longer than anybody reads; null for anything else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, longestText) : null;
}

/** A finite number; null for anything else. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A whole number that is not negative, also one written as text; null for anything else. */
export function countOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A probability; null for anything else. */
export function shareOf(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && number >= 0 && number <= 1 ? number : null;
}

/** A list, also one written as JSON in a text, as older files have it; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !value.startsWith('[')) return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** The refusal of a file that is no graph. */
export function noGraph(reason: string): WhenceError {
  return new WhenceError('bad-input', `This file is no attribution graph that can be opened: ${reason}.`);
}
