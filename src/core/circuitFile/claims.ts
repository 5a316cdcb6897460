import { ablations } from '../explanation';
import { type Cursor, misread } from './cursor';
import { head, type Names, parts, place, wholeNumber } from './names';
import type { Bound, Claim, Measure, Quantifier } from './syntax';
import type { Keyword } from './words';

/** What an expectation can speak of, as the parser tells it. */
const claimKinds =
  '“probability”, “rank”, “logit”, “share”, “origin”, “attention”, “role”, “direct effect”, “total effect”, or “zero”, “mean”, “resample” and “ablation”';

/** What follows `expect`, up to the quantifier. */
export function claim(cursor: Cursor, names: Names): Claim {
  const output = outputMeasure(cursor, measures);
  if (output) return { kind: 'output', measure: output, bound: measured(cursor, output) };
  if (cursor.takes('share')) {
    cursor.words('of');
    return { kind: 'share', place: place(cursor, names), bound: bound(cursor) };
  }
  if (cursor.takes('origin')) {
    return { kind: 'origin', origin: cursor.oneOf('an origin', ['copied', 'composed', 'recalled']) };
  }
  if (cursor.takes('attention')) return attention(cursor, names);
  if (cursor.takes('role')) {
    cursor.words('of');
    const asked = head(cursor);
    const role = cursor.oneOf('a role', ['previous', 'duplicate', 'induction', 'copying']);
    return { kind: 'role', head: asked, role };
  }
  if (cursor.sees('direct') || cursor.sees('total')) {
    const path = cursor.oneOf('which effect', ['direct', 'total']);
    cursor.words('effect', 'of');
    return { kind: 'effect', path, parts: parts(cursor, names), bound: bound(cursor) };
  }
  if (ablations.some((kind) => cursor.sees(kind))) return ablation(cursor, names);
  const { kind, raw } = cursor.next;
  if (kind !== 'word') return cursor.fail(`what is expected: ${claimKinds}`);
  return misread(cursor.next, `“${raw}” is no expectation that Whence knows: use ${claimKinds}.`);
}

const measures: readonly Measure[] = ['probability', 'rank', 'logit difference', 'logit'];

function outputMeasure<M extends Measure>(cursor: Cursor, among: readonly M[]): M | null {
  return among.find((measure) => cursor.takes(...(measure.split(' ') as Keyword[]))) ?? null;
}

function attention(cursor: Cursor, names: Names): Claim {
  cursor.words('of');
  const asked = head(cursor);
  cursor.words('from');
  const from = place(cursor, names);
  cursor.words('to');
  const to = place(cursor, names);
  return { kind: 'attention', head: asked, from, to, bound: within(cursor, 0, 1, 'Attention') };
}

function ablation(cursor: Cursor, names: Names): Claim {
  const kind = cursor.oneOf('an ablation', ablations);
  cursor.words('ablation', 'of');
  const ablated = parts(cursor, names);
  const verb = cursor.oneOf('what it does', ['lowers', 'raises', 'changes']);
  if (cursor.stands('rank')) {
    return misread(cursor.next, 'The change of a rank says little: use “probability” or “logit”.');
  }
  const measure = outputMeasure(cursor, ['probability', 'logit difference', 'logit']);
  if (measure === null) return cursor.fail('“probability”, “logit” or “logit difference”');
  cursor.words('by');
  const by = measured(cursor, measure);
  return { kind: 'ablation', ablation: kind, parts: ablated, verb, measure, bound: by };
}

function measured(cursor: Cursor, measure: Measure): Bound {
  if (measure === 'probability') return within(cursor, 0, 1, 'A probability');
  if (measure === 'rank') return within(cursor, 1, Number.POSITIVE_INFINITY, 'A rank');
  return bound(cursor);
}

/** A bound on what never leaves a range: one that always or never holds is a mistake. */
function within(cursor: Cursor, least: number, most: number, what: string): Bound {
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
function bound(cursor: Cursor): Bound {
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

function number(cursor: Cursor): number {
  return Number(cursor.of('number').raw);
}

/** Absent, all cases are meant. A role is the model's, not a case's, and what is no number has no mean. */
export function quantifier(cursor: Cursor, { kind }: Claim): Quantifier {
  if (kind === 'role') {
    if (cursor.nextIs('word')) {
      misread(
        cursor.next,
        'A role is measured once for the model, not case by case: leave out what follows.',
      );
    }
    return { kind: 'all' };
  }
  if (kind === 'origin' && cursor.stands('on')) {
    misread(cursor.next, 'An origin has no average: say in how many cases, as “in most cases”.');
  }
  if (kind !== 'origin' && cursor.takes('on')) {
    cursor.words('average');
    return { kind: 'average' };
  }
  if (!cursor.takes('in')) return { kind: 'all' };
  if (cursor.takes('at', 'least')) {
    const least = wholeNumber(cursor, 'a number of cases');
    cursor.words('of');
    const of = wholeNumber(cursor, 'a number of cases');
    cursor.words('cases');
    return { kind: 'count', least, of };
  }
  const which = cursor.oneOf('“at least … of … cases” or one of', ['all', 'most']);
  cursor.words('cases');
  return { kind: which };
}
