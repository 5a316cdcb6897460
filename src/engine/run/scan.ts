import type { LanguageFamily } from '../checkpoint/language';

/** Where in strings, comments and brackets a text stands. */
export interface ScanState {
  /** `string` covers template literals outside their `${…}`; `pattern` is a regular expression. */
  readonly mode: 'code' | 'line comment' | 'block comment' | 'string' | 'pattern';
  /** What ends the string; empty outside strings. */
  readonly quote: string;
  /** Open brackets; negative where more were closed than the text opened. */
  readonly depth: number;
  /** The depth outside each `${` that is open, innermost last. */
  readonly templates: readonly number[];
  /** The last character of code that is no white space; empty before there was one. */
  readonly last: string;
}

const atStart: ScanState = { mode: 'code', quote: '', depth: 0, templates: [], last: '' };

export const inComment = 0;
export const inCode = 1;
const inString = 2;

export interface Scan {
  /** [characters]: `inCode`, `inString` with the quotes, or `inComment`. A newline that ends a comment is code. */
  readonly kinds: Uint8Array;
  /** [characters]: open brackets after each character. */
  readonly depths: Int32Array;
  /** After the last character. */
  readonly state: ScanState;
}

/** After these a `/` begins a regular expression; after anything else it divides. */
const beforePattern = new Set('(,=:[!&|?{};+-*%~^<>');

/**
 * Tells code from strings and comments and counts brackets, for Python (`indent`) and for languages like JavaScript
 * (`brace`). A quote of one line ends at the end of its line, closed or not, so that an apostrophe somewhere never
 * swallows a file. Prose (`plain`) is all code.
 */
export function scan(text: string, family: LanguageFamily, from: ScanState = atStart): Scan {
  const kinds = new Uint8Array(text.length);
  const depths = new Int32Array(text.length);
  let { mode, quote, depth, last } = from;
  const templates = [...from.templates];
  const indent = family === 'indent';

  for (let i = 0; i < text.length; ) {
    const character = text[i]!;
    let length = 1;
    let kind = mode.endsWith('comment') ? inComment : inString;
    if (mode === 'code') {
      const opened = family === 'plain' ? null : opening(text, i, indent, last);
      if (opened) {
        ({ mode, quote } = opened);
        length = opened.length;
        kind = mode.endsWith('comment') ? inComment : inString;
        if (kind === inString) last = character;
      } else {
        kind = inCode;
        if ('([{'.includes(character)) depth++;
        else if (')]}'.includes(character)) depth--;
        if (character === '}' && templates.at(-1) === depth) {
          templates.pop();
          mode = 'string';
          quote = '`';
          kind = inString;
        }
        if (character.trim() !== '') last = character;
      }
    } else if (mode === 'line comment') {
      if (character === '\n') {
        mode = 'code';
        kind = inCode;
      }
    } else if (mode === 'block comment') {
      if (text.startsWith('*/', i)) {
        mode = 'code';
        length = 2;
      }
    } else if (character === '\\') length = Math.min(2, text.length - i);
    else if (mode === 'pattern' && (quote === ']' ? character === ']' : character === '[')) {
      // A slash inside a class of characters ends no pattern.
      quote = quote === ']' ? '/' : ']';
    } else if (text.startsWith(quote, i)) {
      length = quote.length;
      mode = 'code';
      quote = '';
    } else if (quote === '`' && text.startsWith('${', i)) {
      templates.push(depth);
      depth++;
      length = 2;
      mode = 'code';
      quote = '';
    } else if (character === '\n' && quote.length === 1 && quote !== '`') {
      mode = 'code';
      quote = '';
      kind = inCode;
    }
    kinds.fill(kind, i, i + length);
    depths.fill(depth, i, i + length);
    i += length;
  }
  return { kinds, depths, state: { mode, quote, depth, templates, last } };
}

/** What other than code begins at `i`, and with how many characters; null when nothing does. */
function opening(
  text: string,
  i: number,
  indent: boolean,
  last: string,
): { mode: ScanState['mode']; quote: string; length: number } | null {
  const character = text[i]!;
  if (indent) {
    if (character === '#') return { mode: 'line comment', quote: '', length: 1 };
    if (character !== '"' && character !== "'") return null;
    const quote = text.startsWith(character.repeat(3), i) ? character.repeat(3) : character;
    return { mode: 'string', quote, length: quote.length };
  }
  if (character === '"' || character === "'" || character === '`') {
    return { mode: 'string', quote: character, length: 1 };
  }
  if (character !== '/') return null;
  if (text[i + 1] === '/') return { mode: 'line comment', quote: '', length: 2 };
  if (text[i + 1] === '*') return { mode: 'block comment', quote: '', length: 2 };
  return last === '' || beforePattern.has(last) ? { mode: 'pattern', quote: '/', length: 1 } : null;
}
