import type { LanguageFamily } from '../checkpoint/language';
import { type ScanState, scan } from './scan';

/** How much of what was generated so far belongs to the continuation. */
export interface Ending {
  /** Where the continuation ends, as a length of the generated text; null while it goes on. */
  readonly end: number | null;
  /** So much belongs to it, whatever comes. */
  readonly sure: number;
}

/** Judges a growing text: called with everything generated so far, each time more than before. */
export type StopRule = (generated: string) => Ending;

/** Nothing after `sure` is decided yet: all of it, where nothing is in doubt. */
export function goesOn(generated: string, sure = generated.length): Ending {
  return { end: null, sure: Math.max(0, sure) };
}

/** An ending at `end`, without the white space before it. */
export function ended(generated: string, end: number): Ending {
  const length = generated.slice(0, Math.max(0, end)).trimEnd().length;
  return { end: length, sure: length };
}

/** Where the cursor stands: its line up to it, and the state in which that line begins. */
export interface Cursor {
  /** Of a longer line than anybody writes by hand, its end. */
  readonly line: string;
  readonly state: ScanState;
}

/** Scanning begins at most so far before the cursor's line; a string that began earlier is taken for code. */
const maxScanned = 1 << 18;
/** The cursor's line is read again with every token: of a whole program in one line no more than this. */
const maxLine = 1 << 13;

/** Finds the cursor at the end of `before`. A line is where scanning can begin: no mark of three quotes spans two. */
export function cursorAfter(before: string, family: LanguageFamily): Cursor {
  const lineStart = Math.max(before.lastIndexOf('\n') + 1, before.length - maxLine);
  const first = Math.max(0, lineStart - maxScanned);
  return { line: before.slice(lineStart), state: scan(before.slice(first, lineStart), family).state };
}
