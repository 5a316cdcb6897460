/**
 * A text as bytes, and of every byte the UTF-16 range of the character it belongs to: how positions of tokens, which
 * are spans of bytes, become positions in a document.
 */
export interface Spelling {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** [bytes]: where the character of each byte starts in `text`. */
  readonly starts: Int32Array;
  /** [bytes]: where it ends. */
  readonly ends: Int32Array;
}

const replacement = '\u{fffd}';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Lone surrogates, which UTF-8 cannot express, become U+FFFD; the length in UTF-16 units stays. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, replacement);
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Spells a well-formed text. */
export function spell(text: string): Spelling {
  const bytes = utf8(text);
  const starts = new Int32Array(bytes.length);
  const ends = new Int32Array(bytes.length);
  let at = 0;
  let unit = 0;
  while (unit < text.length) {
    const point = text.codePointAt(unit)!;
    const end = unit + (point > 0xffff ? 2 : 1);
    const next = at + byteLength(point);
    starts.fill(unit, at, next);
    ends.fill(end, at, next);
    at = next;
    unit = end;
  }
  return { text, bytes, starts, ends };
}

/** Reads bytes as the WHATWG decoder does: each maximal part of an ill-formed sequence becomes one U+FFFD. */
export function read(bytes: Uint8Array): Spelling {
  const starts = new Int32Array(bytes.length);
  const ends = new Int32Array(bytes.length);
  let unit = 0;
  for (let at = 0; at < bytes.length; ) {
    const { length } = characterAt(bytes, at);
    const units = length === 4 ? 2 : 1;
    starts.fill(unit, at, at + length);
    ends.fill(unit + units, at, at + length);
    at += length;
    unit += units;
  }
  return { text: decoder.decode(bytes), bytes, starts, ends };
}

/** How many bytes at the start form whole characters; what follows them may become one with more bytes. */
export function wholeLength(bytes: Uint8Array): number {
  // No character has more than four bytes, so a pending one began among the last three.
  for (let at = Math.max(0, bytes.length - 3); at < bytes.length; at++) {
    const { length, needed } = characterAt(bytes, at);
    if (at + length === bytes.length && length < needed) return at;
  }
  return bytes.length;
}

/** What bytes print on their own: a piece of a character at either end is one U+FFFD. */
export function printed(bytes: Uint8Array): string {
  let at = 0;
  while (at < bytes.length && isContinuation(bytes[at]!)) at++;
  return (at > 0 ? replacement : '') + decoder.decode(bytes.subarray(at));
}

/**
 * The sequence that starts at `at`: how many bytes belong together, and how many a whole character would need (0 where
 * none can begin). Ranges of second bytes from the Unicode Standard, table 3-7.
 */
function characterAt(bytes: Uint8Array, at: number): { length: number; needed: number } {
  const lead = bytes[at]!;
  if (lead < 0x80) return { length: 1, needed: 1 };
  if (lead < 0xc2 || lead > 0xf4) return { length: 1, needed: 0 };
  const needed = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  let length = 1;
  while (length < needed && at + length < bytes.length) {
    const next = bytes[at + length]!;
    if (length === 1 ? next < lowest || next > highest : !isContinuation(next)) break;
    length++;
  }
  return { length, needed };
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function byteLength(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
