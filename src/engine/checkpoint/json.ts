import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ErrorCode } from '../../core/errors';
import { WhenceError } from '../../core/errors';
import { unreadable } from './files';

/** What a JSON file that came from elsewhere may hold at most; beyond it the file is refused unread. */
export interface JsonLimits {
  readonly bytes: number;
  /** Objects and arrays inside one another. */
  readonly depth: number;
}

/** `config.json` and its companions are a few kilobytes. */
export const configLimits: JsonLimits = { bytes: 4 << 20, depth: 64 };

/** The largest vocabularies published make a `tokenizer.json` of about 35 MB. */
export const tokenizerLimits: JsonLimits = { bytes: 256 << 20, depth: 64 };

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file whose top is an object. Throws a `WhenceError` with `code` when it is too large, nested too deeply
 * or no such JSON, and as `unreadable` says when it cannot be read.
 */
export async function readJson(file: string, limits: JsonLimits, code: ErrorCode): Promise<JsonObject> {
  return parseJson(await readText(file, limits, code), basename(file), limits, code);
}

/** As `readJson`, from text that is already in memory; `name` stands in the error. */
export function parseJson(text: string, name: string, limits: JsonLimits, code: ErrorCode): JsonObject {
  if (deeper(text, limits.depth)) {
    throw new WhenceError(
      code,
      `\`${name}\` is nested more than ${limits.depth} levels deep. ${chooseAnother}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WhenceError(code, `\`${name}\` is not valid JSON. ${fetchAgain}`, { cause });
  }
  if (!isObject(value)) throw new WhenceError(code, `\`${name}\` holds no JSON object. ${fetchAgain}`);
  return value;
}

export const fetchAgain = 'It may be a broken download: fetch it again, or choose another model.';
const chooseAnother = 'Choose another model.';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The text of a file, refused unread where it is too large, or none: to open a pipe would wait until somebody writes.
 * Throws as `readJson` does.
 */
export async function readText(
  file: string,
  limits: Pick<JsonLimits, 'bytes'>,
  code: ErrorCode,
): Promise<string> {
  try {
    await checkIsFile(file, code);
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > limits.bytes) {
        throw new WhenceError(
          code,
          `\`${basename(file)}\` has ${size} bytes, more than the ${limits.bytes} that such a file may have. ${chooseAnother}`,
        );
      }
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof WhenceError) throw cause;
    throw unreadable(file, cause);
  }
}

/** Refuses a pipe or a device; a folder is refused where it is read. */
export async function checkIsFile(file: string, code: ErrorCode, name = basename(file)): Promise<void> {
  const found = await stat(file);
  if (found.isFile() || found.isDirectory()) return;
  throw new WhenceError(code, `\`${name}\` is no file but a pipe or a device. ${chooseAnother}`);
}

/** True when brackets outside strings are open more than `limit` deep: looked at before anything is built from them. */
function deeper(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (quoted) {
      if (character === 0x5c) i++;
      else if (character === 0x22) quoted = false;
    } else if (character === 0x22) quoted = true;
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > limit) return true;
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return false;
}
