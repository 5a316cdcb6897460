import { WhenceError } from '../../core/errors';
import type { GenerateParams, Truncation } from '../../core/generation';
import type { TextRange, Token } from '../../core/text';
import type { FillInMiddle } from '../checkpoint/fillInMiddle';
import { read } from '../checkpoint/utf8';
import type { Model, Tokenizer } from '../model';
import { tokenIndex } from './constraint';

/** What generation starts from. Offsets are into the document. */
export interface Prompt {
  /** Special tokens of the prompt format first, then the text. */
  readonly tokens: readonly Token[];
  /** Text at the end of the document that no token of the prompt covers: the first generated tokens have to spell it. */
  readonly constrained: TextRange;
  /** Its bytes. */
  readonly rest: Uint8Array;
  readonly truncation: Truncation | null;
  /** The tokens of text behind the cursor, by their places among `tokens`; their offsets are into that text. */
  readonly behind: { readonly first: number; readonly end: number };
  /** The text behind the cursor that they spell. */
  readonly after: string;
}

/** Characters a token has at first guess; where it is too low, twice as much text is read, and so on. */
const charactersPerToken = 8;
/** In texts up to this length the tokens left out are counted, in longer ones estimated from those that were read. */
const maxCounted = 1 << 16;
/** The text behind the cursor gets so much of the room where both are long: what comes before says more. */
const suffixShare = 1 / 4;
/** Tokens that mark the two texts and the gap. */
const fillMarks = 3;
/** So much of the room may be given up to begin at the start of a line. */
const lineSlack = 1 / 4;

/**
 * Prepares the text before the cursor for generation: the prompt format's prefix, then as much of the end of the text
 * as fits. Where a longer token could have covered the last tokens (the cursor stands in a word, or after the space
 * before one), those are left to generation, which has to spell them again: a model never saw the split that the
 * cursor makes. (Known as token healing: Lundberg, "The Art of Prompt Design: Prompt Boundaries and Token Healing", 2023.)
 */
export function preparePrompt(
  { tokenizer, info }: Pick<Model, 'tokenizer' | 'info'>,
  {
    text,
    suffix = '',
    language,
    maxTokens,
  }: Pick<GenerateParams, 'text' | 'suffix' | 'language' | 'maxTokens'>,
): Prompt {
  const fill = suffix.trim() === '' ? null : tokenizer.fillInMiddle;
  if (text === '' && !fill) {
    throw new WhenceError(
      'bad-input',
      'There is no text before the cursor, so there is nothing to continue. Write a first line.',
    );
  }
  const reserved = Math.min(maxTokens, Math.floor(info.contextLength / 2));
  const room = info.contextLength - reserved - (fill ? fillMarks : 0);
  const behind = fill ? encodeStart(tokenizer, suffix, room) : [];
  const held = Math.min(behind.length, Math.floor(room * suffixShare));
  const fitted = fitText(tokenizer, text, language, room - held);
  const kept = wholeTokens(tokenizer, fitted.tokens, text, fitted.prefixed);
  const tokens = fitted.tokens.slice(0, kept);
  const rest = Buffer.concat(fitted.tokens.slice(kept).map(({ id }) => tokenizer.bytesOf(id)));
  const start = fitted.tokens[kept]?.start ?? text.length;
  const begun = { constrained: { start, end: text.length }, rest, truncation: fitted.truncation };
  if (!fill) return { ...begun, tokens, behind: { first: tokens.length, end: tokens.length }, after: '' };
  const after = wholeLines(behind, suffix, room - fitted.tokens.length);
  return { ...begun, ...asInfill(tokenizer, fill, tokens, fitted.prefixed, after, suffix) };
}

/** The prompt of a model that fills in the middle: the tokens of both texts between its marks. */
function asInfill(
  tokenizer: Tokenizer,
  fill: FillInMiddle,
  tokens: readonly Token[],
  prefixed: number,
  after: readonly Token[],
  suffix: string,
): Pick<Prompt, 'tokens' | 'behind' | 'after'> {
  const mark = (id: number, at: number): Token => {
    return { id, text: tokenizer.textOf(id), special: true, start: at, end: at };
  };
  const lead = tokens.slice(0, prefixed);
  const before = tokens.slice(prefixed);
  const first = tokens.length + 1;
  const gap = before.at(-1)?.end ?? lead.at(-1)?.end ?? 0;
  return {
    tokens: [
      ...lead,
      mark(fill.prefix, before[0]?.start ?? gap),
      ...before,
      mark(fill.suffix, 0),
      ...after,
      mark(fill.middle, gap),
    ],
    behind: { first, end: first + 1 + after.length },
    after: suffix.slice(0, after.at(-1)?.end ?? 0),
  };
}

/** The tokens of the beginning of a text, at least `room` of them where there are so many. */
function encodeStart(tokenizer: Tokenizer, text: string, room: number): readonly Token[] {
  for (let length = room * charactersPerToken; ; length *= 2) {
    const tokens = tokenizer.encodeBehind(text.slice(0, length));
    if (length >= text.length || tokens.length > room) return tokens;
  }
}

/** The first tokens, at most `room`; where some are left out, up to the end of a line if one is near, else of a character. */
function wholeLines(tokens: readonly Token[], text: string, room: number): readonly Token[] {
  if (tokens.length <= room) return tokens;
  const earliest = Math.floor(room * (1 - lineSlack));
  for (let end = room; end > earliest; end--)
    if (text[tokens[end - 1]!.end - 1] === '\n') return tokens.slice(0, end);
  let end = room;
  while (end > 0 && tokens[end]!.start < tokens[end - 1]!.end) end--;
  return tokens.slice(0, end);
}

export interface FittedText {
  readonly tokens: readonly Token[];
  /** How many of the tokens belong to the prompt format. */
  readonly prefixed: number;
  readonly truncation: Truncation | null;
}

/**
 * The tokens of the prompt format and of a text, at most `room` together. What does not fit is left out at the start of
 * the text, if possible up to the start of a line. Only as much of a long text is read as can fit. Throws `bad-input`
 * for binary text, `model-unsupported` where no text fits at all.
 */
export function fitText(
  tokenizer: Tokenizer,
  text: string,
  language: string | null,
  room: number,
): FittedText {
  const prefix = tokenizer.prefix(language);
  const space = room - prefix.length;
  if (space < 1) {
    throw new WhenceError(
      'model-unsupported',
      `The model's context has room for ${room} tokens here, of which its prompt format takes ${prefix.length}, so no text fits. Choose a model with a longer context.`,
    );
  }
  let from = 0;
  let tokens: readonly Token[] = [];
  for (let length = space * charactersPerToken; ; length *= 2) {
    from = characterStart(text, Math.max(0, text.length - length));
    tokens = encodeFrom(tokenizer, text, from);
    if (from === 0 || tokens.length > space) break;
  }
  const cut = tokens.length > space ? cutOf(text, tokens, space) : 0;
  const kept = cut === 0 ? tokens : lastOf(encodeFrom(tokenizer, text, cut), space);
  const start = kept[0]?.start ?? text.length;
  checkText(text.slice(start));
  const special = tokenizer.locate(prefix).map((token) => ({ ...token, start, end: start }));
  return {
    tokens: [...special, ...kept],
    prefixed: special.length,
    truncation: cut === 0 ? null : { characters: start, tokens: countBefore(tokenizer, text, start, tokens) },
  };
}

function encodeFrom(tokenizer: Tokenizer, text: string, from: number): readonly Token[] {
  const tokens = tokenizer.encode(text.slice(from));
  return from === 0
    ? tokens
    : tokens.map((token) => ({ ...token, start: token.start + from, end: token.end + from }));
}

/** Where to begin so that at most `space` tokens are left: at a line if one starts soon enough, else at a character. */
function cutOf(text: string, tokens: readonly Token[], space: number): number {
  const first = tokens.length - space;
  const latest = tokens[first + Math.floor(space * lineSlack)]!.start;
  const earliest = tokens[first]!.start;
  if (text[earliest - 1] === '\n') return earliest;
  const newline = text.indexOf('\n', earliest);
  return newline !== -1 && newline < latest ? newline + 1 : lastOf(tokens, space)[0]!.start;
}

/** The last tokens, at most `count`, of which the first one starts a character. */
function lastOf(tokens: readonly Token[], count: number): readonly Token[] {
  let first = Math.max(0, tokens.length - count);
  while (first > 0 && first < tokens.length && tokens[first]!.start < tokens[first - 1]!.end) first++;
  return tokens.slice(first);
}

function countBefore(tokenizer: Tokenizer, text: string, end: number, seen: readonly Token[]): number {
  if (end <= maxCounted) return tokenizer.encode(text.slice(0, end)).length;
  const density = seen.length / (text.length - seen[0]!.start);
  return Math.round(end * density);
}

/** The first character boundary at or after a position. */
function characterStart(text: string, position: number): number {
  const unit = text.charCodeAt(position);
  return position > 0 && unit >= 0xdc00 && unit <= 0xdfff ? position + 1 : position;
}

function checkText(text: string): void {
  if (!text.includes('\0')) return;
  throw new WhenceError(
    'bad-input',
    'This looks like a binary file: it holds zero bytes, which no source code has. Choose a text file.',
  );
}

/**
 * How many tokens at the start are left as they are: the first that a longer token could have covered from its start,
 * beyond the end of the text, and all after it are not. At least one token stays to generate from.
 */
function wholeTokens(tokenizer: Tokenizer, tokens: readonly Token[], text: string, prefixed: number): number {
  const index = tokenIndex(tokenizer);
  let kept = tokens.length;
  let bytes: Uint8Array = new Uint8Array(0);
  for (let i = tokens.length - 1; i >= Math.max(prefixed, 1); i--) {
    const { id, start } = tokens[i]!;
    bytes = Buffer.concat([tokenizer.bytesOf(id), bytes]);
    if (bytes.length >= index.longest) break;
    // A space that the tokenizer puts before every text, or a character in pieces, is not to be spelled again.
    const spelled = read(bytes).text.length === text.length - start && start >= (tokens[i - 1]?.end ?? 0);
    if (spelled && index.extends(bytes)) kept = i;
  }
  return kept;
}
