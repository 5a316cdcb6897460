import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject, readText } from '../checkpoint/json';

/** How a model is spoken to: its template, and the tokens that it may name. */
export interface ChatFormat {
  /** Jinja, foreign code: see `renderChat`. */
  readonly template: string;
  /** `bos_token`, `eos_token` and the like by their spelling. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** The longest templates published, with tools and several languages, have some 30 kB. */
const templateLimits = { bytes: 1 << 18, depth: 1 };

const tokenNames = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

/**
 * tokenizer_config.json with the template that stands in a file of its own, as newer models have it (`chat_template.jinja`,
 * transformers 4.43). Throws `tokenizer-mismatch` for a file that is none.
 */
export async function withTemplateFile(folder: string, tokenizerConfig: JsonObject): Promise<JsonObject> {
  const file = join(folder, 'chat_template.jinja');
  const found = await stat(file).catch(() => null);
  if (!found) return tokenizerConfig;
  return { ...tokenizerConfig, chat_template: await readText(file, templateLimits, 'tokenizer-mismatch') };
}

/**
 * The chat format that a tokenizer's configuration has; null where there is none. Of several templates the one called
 * "default", as in transformers.
 */
export function chatFormat(tokenizerConfig: JsonObject): ChatFormat | null {
  const { chat_template: given } = tokenizerConfig;
  const named = Array.isArray(given) ? given.filter(isObject) : [];
  const chosen = named.find(({ name }) => name === 'default') ?? (named.length === 1 ? named[0] : undefined);
  const template = typeof given === 'string' ? given : chosen?.template;
  if (typeof template !== 'string' || template.trim() === '') return null;
  const tokens: Record<string, string> = {};
  for (const name of tokenNames) {
    const token = tokenizerConfig[name];
    const spelling = isObject(token) ? token.content : token;
    if (typeof spelling === 'string') tokens[name] = spelling;
  }
  return { template, tokens };
}
