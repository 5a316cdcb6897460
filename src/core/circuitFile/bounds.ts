import { type Cursor, misread } from './cursor';
import type { Bound, Measure } from './syntax';
import type { Keyword } from './words';

/** What can be said of the output; the longer words come first. */
export const measures: readonly Measure[] = ['probability', 'rank', 'logit difference', 'logit'];

/** The measure that comes next; null where none of these does. */
export function outputMeasure<M extends Measure>(cursor: Cursor, among: readonly M[]): M | null {
  return among.find((measure) => cursor.takes(...(measure.split(' ') as Keyword[]))) ?? null;
}

/** The bound on a measure. */
export function measured(cursor: Cursor, measure: Measure): Bound {
  if (measure === 'probability') return within(cursor, 0, 1, 'A probability');
  if (measure === 'rank') return within(cursor, 1, Number.POSITIVE_INFINITY, 'A rank');
  return bound(cursor);
}

/** A bound on what never leaves a range: one that always or never holds is a mistake. */
export function within(cursor: Cursor, least: number, most: number, what: string): Bound {
  const { start } = cursor.next;
  const found = bound(cursor);
  const named = [found.least, found.most].filter((value) => value !== null);
  if (named.some((value) => value > most) || named.every((value) => value < least)) {
    const range = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `from ${least} to ${most}`;
    misread({ start, end: cursor.passed }, `${what} is ${range}.`);
  }
  return found;
}

/** `at least X`, `at most X`, `between X and Y`, `about X give or take T`. */
export function bound(cursor: Cursor): Bound {
  if (cursor.takes('at')) {
    const side = cursor.oneOf('a bound', ['least', 'most']);
    const limit = number(cursor);
    return side === 'least' ? { least: limit, most: null } : { least: null, most: limit };
  }
  const { start } = cursor.next;
  if (cursor.takes('between')) {
    const least = number(cursor);
    cursor.words('and');
    const most = number(cursor);
    if (most < least)
      misread({ start, end: cursor.passed }, `Nothing lies between ${least} and ${most}: turn them round.`);
    return { least, most };
  }
  if (cursor.takes('about')) {
    const middle = number(cursor);
    cursor.words('give', 'or', 'take');
    const tolerance = number(cursor);
    if (tolerance < 0) misread({ start, end: cursor.passed }, 'What is given or taken cannot be negative.');
    return { least: middle - tolerance, most: middle + tolerance };
  }
  return cursor.fail('a bound: “at least”, “at most”, “between … and …” or “about … give or take …”');
}

export function number(cursor: Cursor): number {
  return Number(cursor.of('number').raw);
}
