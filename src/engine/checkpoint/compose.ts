import { type Spelling, spell, utf8 } from './utf8';

/**
 * A character with what may combine with it: marks, and the vowels and final consonants of Hangul syllables. Composition
 * does not reach beyond (Unicode Standard Annex 15).
 */
const cluster = /[^\p{M}\u1160-\u11ff\ud7b0-\ud7fb]?[\p{M}\u1160-\u11ff\ud7b0-\ud7fb]*/gsu;

/**
 * The bytes of a text in normalisation form C, with the ranges of the original: characters that were composed share
 * the range of what they were composed from. Null when the form cannot be reached cluster by cluster.
 */
export function composedSpelling(source: string): Spelling | null {
  const text = source.normalize('NFC');
  if (text === source) return spell(source);
  const bytes = utf8(text);
  const starts = new Int32Array(bytes.length);
  const ends = new Int32Array(bytes.length);
  let at = 0;
  let composed = '';
  for (const match of source.matchAll(cluster)) {
    const piece = match[0].normalize('NFC');
    const next = at + utf8(piece).length;
    starts.fill(match.index, at, next);
    ends.fill(match.index + match[0].length, at, next);
    at = next;
    composed += piece;
  }
  return composed === text ? { text: source, bytes, starts, ends } : null;
}
