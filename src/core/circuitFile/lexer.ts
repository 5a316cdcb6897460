import type { TextRange } from '../text';
import type { Diagnostic } from './syntax';

export type LexemeKind =
  | 'word'
  | 'number'
  | 'string'
  | 'pattern'
  | 'comma'
  | 'colon'
  | 'comment'
  | 'newline'
  | 'end';

/** A piece of a circuit file. */
export interface Lexeme extends TextRange {
  readonly kind: LexemeKind;
  /** As it stands in the file. */
  readonly raw: string;
  /** Of a string: what it means, escapes and indentation resolved. Else `raw`. */
  readonly value: string;
}

const patterns: readonly (readonly [LexemeKind, RegExp])[] = [
  ['newline', /\r?\n/y],
  ['comment', /#[^\r\n]*/y],
  ['word', /[A-Za-z_][\w-]*/y],
  ['number', /-?\d+(?:\.\d+)?/y],
  ['pattern', /\/(?:[^/\\\r\n]|\\[^\r\n])+\/i?/y],
  ['comma', /,/y],
  ['colon', /:/y],
];
const blank = /[^\S\n]+/y;
const short = /"((?:[^"\\\n]|\\.)*)"/y;
/** Three quotes, or more where the text holds as many. */
const fence = /"{3,}/y;
const opening = /"{3,}[^\S\n]*\n/y;

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

/** Cuts a file into pieces; what is none is told and passed over. The last piece is `end`. */
export function lex(text: string): {
  readonly lexemes: readonly Lexeme[];
  readonly diagnostics: Diagnostic[];
} {
  const lexemes: Lexeme[] = [];
  const diagnostics: Diagnostic[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const push = (kind: LexemeKind, raw: string, value = raw) => {
    lexemes.push({ kind, raw, value, start: at, end: at + raw.length });
    at += raw.length;
  };
  const skip = (length: number, message: string) => {
    diagnostics.push({ start: at, end: at + length, message });
    at += length;
  };

  while (at < text.length) {
    const space = match(blank);
    if (space) {
      at += space[0].length;
      continue;
    }
    if (text[at] === '"') {
      string();
      continue;
    }
    const found = patterns.find(([, pattern]) => match(pattern));
    if (found) push(found[0], match(found[1])![0]);
    else {
      const symbol = String.fromCodePoint(text.codePointAt(at)!);
      skip(symbol.length, `${JSON.stringify(symbol)} means nothing here: texts stand in double quotes.`);
    }
  }
  push('end', '');
  return { lexemes, diagnostics };

  function string(): void {
    const quotes = match(fence)?.[0];
    if (quotes !== undefined) {
      block(quotes);
      return;
    }
    const found = match(short);
    if (!found) {
      const end = text.indexOf('\n', at);
      skip((end === -1 ? text.length : end) - at, 'The text has no closing " on its line.');
      return;
    }
    const unknown = [...found[1]!.matchAll(/\\(.)/g)].find(([, escaped]) => !(escaped! in escapes));
    if (unknown) {
      const start = at + 1 + unknown.index;
      const message = `${unknown[0]} is no escape: use \\n, \\t, \\" or \\\\.`;
      diagnostics.push({ start, end: start + 2, message });
    }
    push(
      'string',
      found[0],
      found[1]!.replaceAll(/\\(.)/g, (whole, escaped: string) => escapes[escaped] ?? whole),
    );
  }

  /** Between lines of three quotes or more: as it stands, no escapes. */
  function block(quotes: string): void {
    const open = match(opening)?.[0].length;
    const close = open === undefined ? -1 : text.indexOf(quotes, at + open);
    if (open === undefined || close === -1) {
      skip(
        text.length - at,
        `A text in ${quotes} begins on the next line and ends with ${quotes}: one of them is missing.`,
      );
      return;
    }
    const lines = text
      .slice(at + open, close)
      .replaceAll('\r\n', '\n')
      .split('\n');
    if (lines.at(-1)!.trim() === '') lines.pop();
    push('string', text.slice(at, close + quotes.length), dedent(lines));
  }
}

/** Without the indentation that all lines with anything on them share. */
function dedent(lines: readonly string[]): string {
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length);
  const shared = indents.reduce((least, indent) => Math.min(least, indent), Number.POSITIVE_INFINITY);
  return lines.map((line) => line.slice(shared)).join('\n');
}

/** A text as the language writes it in one line. */
export function quoted(text: string): string {
  const names: Readonly<Record<string, string>> = { '\n': 'n', '\t': 't', '"': '"', '\\': '\\' };
  return `"${text.replaceAll(/[\n\t"\\]/g, (symbol) => `\\${names[symbol]}`)}"`;
}
