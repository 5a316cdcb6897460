import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { cancelled, WhenceError } from '../../core/errors';
import type { CorpusRequest } from '../../core/partIndex/status';
import type { IndexCorpus } from '../../core/partIndex/types';
import type { Token } from '../../core/text';
import { languageFamily } from '../checkpoint/language';
import type { Model, Tokenizer } from '../model';
import { inCode, scan } from '../run/scan';
import { codeOf, corpusFiles } from './corpusFiles';
import type { PlacedText } from './tops';

/** A corpus cut into texts, all of which are read. */
export interface Corpus {
  readonly described: IndexCorpus;
  /** Names of the files that were read. */
  readonly files: readonly string[];
  readonly texts: readonly PlacedText[];
}

/** The most texts that may be wanted. */
export const mostTexts = 20_000;

/** Tokens of a text, where the model's context and the memory allow it. */
const longest = 256;
/** A text shorter than this shows nothing. */
const shortest = 16;
/** Bytes of all values that are fetched of one text. */
const valueBytes = 192 << 20;

/**
 * Reads a corpus into texts of at most 256 tokens that end with a line where they can. Files take turns, and none gives
 * more than twice its share, so that no long file drives out the others.
 *
 * @throws WhenceError `bad-input` where there is no code
 */
export async function readCorpus(
  model: Model,
  request: CorpusRequest,
  signal?: AbortSignal,
): Promise<Corpus> {
  const found = await corpusFiles(request.folders, signal);
  const perFile = Math.max(1, Math.ceil((2 * request.texts) / found.length));
  const length = textLength(model);
  const hash = createHash('sha256');
  const files: string[] = [];
  const cuts: (readonly PlacedText[])[] = [];
  for (const file of found) {
    if (files.length >= request.texts) break;
    await setImmediate();
    if (signal?.aborted) throw cancelled();
    const code = await codeOf(file);
    if (code === null) continue;
    const cut = textsOf(model.tokenizer, code, file.language, length, files.length);
    if (cut.length === 0) continue;
    hash.update(`${file.name}\n${createHash('sha256').update(code).digest('hex')}\n`);
    files.push(file.name);
    cuts.push(cut.slice(0, perFile));
  }
  const texts = inTurn(cuts).slice(0, request.texts);
  if (texts.length === 0) {
    throw new WhenceError(
      'bad-input',
      `The files under ${request.folders.join(', ')} are too short to learn from: name a folder with more code.`,
    );
  }
  const tokens = texts.reduce((sum, { ids, first }) => sum + ids.length - first, 0);
  const described = {
    name: request.name,
    sha256: hash.digest('hex'),
    files: files.length,
    texts: texts.length,
    tokens,
  };
  return { described, files, texts };
}

/** The first of each list, then the second of each that has one, and so on. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const rounds = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    lists.flatMap((list) => list.slice(round, round + 1)),
  ).flat();
}

/** As many tokens as fit into the model's context and, with all that is fetched of them, into the memory set aside. */
function textLength({ info }: Model): number {
  const { layers, heads, neurons, hiddenSize, contextLength } = info;
  const bytes = (length: number) => 4 * length * layers * (neurons + 3 * hiddenSize + heads * length);
  let length = Math.min(longest, contextLength);
  while (length > 2 * shortest && bytes(length) > valueBytes) length = Math.floor(length / 2);
  return length;
}

function textsOf(
  tokenizer: Tokenizer,
  code: string,
  language: string,
  length: number,
  file: number,
): PlacedText[] {
  const prefix = tokenizer.prefix(language);
  const tokens = tokenizer.encode(code);
  const around = placesOf(code, tokens, language);
  const room = length - prefix.length;
  const texts: PlacedText[] = [];
  for (let from = 0; from < tokens.length; ) {
    const to = endOf(tokens, from, Math.min(tokens.length, from + room));
    if (prefix.length + to - from >= Math.min(shortest, length)) {
      const shift = prefix.length - from;
      texts.push({
        file,
        first: Math.max(1, prefix.length),
        ids: Int32Array.from([...prefix, ...tokens.slice(from, to).map(({ id }) => id)]),
        lines: Int32Array.from([
          ...prefix.map(() => around.lines[from]!),
          ...around.lines.subarray(from, to),
        ]),
        openers: Int32Array.from([
          ...prefix.map(() => -1),
          ...around.openers.subarray(from, to).map((opener) => (opener < from ? -1 : opener + shift)),
        ]),
      });
    }
    from = to;
  }
  return texts;
}

/** Behind the last token with a line break in the second half; where there is none, at the limit. */
function endOf(tokens: readonly Token[], from: number, limit: number): number {
  if (limit === tokens.length) return limit;
  for (let end = limit; end > (from + limit) / 2; end--) if (tokens[end - 1]!.text.includes('\n')) return end;
  return limit;
}

/** By token, its line and the token that is the innermost bracket open there, strings and comments left out. */
function placesOf(code: string, tokens: readonly Token[], language: string) {
  const { kinds } = scan(code, languageFamily(language));
  const lines = new Int32Array(tokens.length);
  const openers = new Int32Array(tokens.length);
  const open: number[] = [];
  let line = 1;
  let at = 0;
  for (const [index, { start, end }] of tokens.entries()) {
    for (; at < start; at++) if (code[at] === '\n') line++;
    lines[index] = line;
    for (; at < end; at++) {
      if (code[at] === '\n') line++;
      if (kinds[at] !== inCode) continue;
      if ('([{'.includes(code[at]!)) open.push(index);
      else if (')]}'.includes(code[at]!)) open.pop();
    }
    openers[index] = open.at(-1) ?? -1;
  }
  return { lines, openers };
}
