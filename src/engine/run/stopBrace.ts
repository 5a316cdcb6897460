import type { StopAt } from '../../core/generation';
import { cursorAfter, type Ending, ended, goesOn, type StopRule } from './ending';
import { inCode, inComment, type Scan, scan } from './scan';

/** Words that go on with the statement above when they begin a line. */
const continuing = [
  'else',
  'catch',
  'finally',
  'extends',
  'implements',
  'from',
  'as',
  'satisfies',
  'instanceof',
];
/** Signs that do, where JavaScript would otherwise end the statement with its line. */
const continuingSigns = new Set('.?:+-*/%&|^=<>,');
/** A line that ends with one of these is not finished. */
const unfinishedSigns = new Set('=+-*/%&|^<?:,.(![{~');

/**
 * Ends a statement or block of a language with brackets. A statement ends with `;`, or with its line where nothing shows
 * that it goes on. A block ends before the brace that closes it; outside all braces, with a blank line or with the line
 * on which a brace closes.
 */
export function braceRule(stopAt: Exclude<StopAt, 'limit' | 'line'>, before: string): StopRule {
  const { line, state } = cursorAfter(before, 'brace');
  const head = scan(line, 'brace', state).state;
  return (generated) => {
    const text = line + generated;
    const scanned = scan(text, 'brace', state);
    return walk(text, scanned, { stopAt, from: line.length, depth: head.depth, last: head.last, generated });
  };
}

interface Start {
  readonly stopAt: 'statement' | 'block';
  /** Where the generated text begins. */
  readonly from: number;
  readonly depth: number;
  readonly last: string;
  readonly generated: string;
}

function walk(text: string, { kinds, depths }: Scan, start: Start): Ending {
  const { stopAt, from, generated } = start;
  const outermost = start.depth <= 0;
  let { depth, last } = start;
  let begun = false;
  /** The newline at which the continuation ends unless what comes next goes on with it. */
  let pending: number | null = null;
  let blankLine = false;

  for (let i = from; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\n' && kinds[i] === inCode) {
      if (pending !== null) blankLine = true;
      else if (begun && depths[i] === depth && (outermost || stopAt === 'statement')) {
        if (!unfinished(text, i, last)) pending = i;
      }
      continue;
    }
    if (kinds[i] === inComment || character.trim() === '') continue;
    if (kinds[i] === inCode && character === '}' && depths[i]! < depth) return ended(generated, i - from);
    depth = Math.min(depth, depths[i]!);
    if (pending !== null) {
      const continues =
        stopAt === 'block' && !blankLine && last !== '}' ? 'yes' : continuation(text, i, last);
      if (continues === 'no') return ended(generated, pending - from);
      if (continues === 'perhaps') return goesOn(generated, pending - from);
      pending = null;
      blankLine = false;
    }
    begun = true;
    last = character;
    if (stopAt === 'statement' && character === ';' && kinds[i] === inCode && depths[i] === depth) {
      return ended(generated, i + 1 - from);
    }
  }
  return goesOn(generated, pending === null ? generated.length : pending - from);
}

/** Whether the line that ends at `end` cannot be the last of its statement; `last` is its last sign. */
function unfinished(text: string, end: number, last: string): boolean {
  const line = text.slice(0, end).trimEnd();
  if (line.endsWith('++') || line.endsWith('--')) return false;
  return unfinishedSigns.has(last) || line.endsWith('=>');
}

/** Whether what begins at `i`, on a new line, goes on with the statement above; `perhaps` while its word is unfinished. */
function continuation(text: string, i: number, last: string): 'yes' | 'no' | 'perhaps' {
  if (continuingSigns.has(text[i]!) || (text[i] === '{' && last === ')')) return 'yes';
  const word = /^[a-z]*/.exec(text.slice(i))![0];
  if (word !== '' && i + word.length === text.length) {
    return continuing.some((known) => known.startsWith(word)) ? 'perhaps' : 'no';
  }
  return continuing.includes(word) ? 'yes' : 'no';
}
