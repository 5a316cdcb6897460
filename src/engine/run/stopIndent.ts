import type { StopAt } from '../../core/generation';
import { type Cursor, cursorAfter, ended, goesOn, type StopRule } from './ending';
import { inCode, inComment, scan } from './scan';

/** A line of Python as its grammar sees it: inside brackets and strings it goes on over newlines. */
interface LogicalLine {
  /** Position of its newline; null for the last line, which may still grow. */
  readonly end: number | null;
  /** Columns before the first character that is no white space. */
  readonly indent: number;
  /** Without the indentation; empty for a blank line. */
  readonly text: string;
  /** Without comments either. */
  readonly code: string;
}

/** A line that begins so belongs to the statement above it. */
const clauses = ['elif', 'else', 'except', 'finally', 'case'];

/** Ends a statement or block of a language that shows its structure by indentation. */
export function indentRule(stopAt: Exclude<StopAt, 'limit' | 'line'>, before: string): StopRule {
  const cursor = cursorAfter(before, 'indent');
  const ending = stopAt === 'statement' ? statementEnd : blockEnd;
  return (generated) => {
    const text = cursor.line + generated;
    const { end, sure } = ending(logicalLines(text, cursor), cursor);
    const length = (position: number): number => position - cursor.line.length;
    return end === null ? goesOn(generated, length(sure ?? text.length)) : ended(generated, length(end));
  };
}

/** As an `Ending`, but by position in the text from the cursor's line on; `sure` is null for all of it. */
interface LineEnding {
  readonly end: number | null;
  readonly sure: number | null;
}

const open: LineEnding = { end: null, sure: null };

/** A statement is a logical line; one that ends with a colon has its body and its further clauses with it. */
function statementEnd(lines: readonly LogicalLine[], { line: before }: Cursor): LineEnding {
  let header: LogicalLine | null = null;
  let reached = 0;
  for (const line of lines) {
    if (line.text === '') continue;
    if (header && line.indent <= header.indent) {
      const continues = line.indent === header.indent ? continuation(line) : 'no';
      if (continues === 'no') return { end: reached, sure: null };
      if (continues === 'perhaps') return { end: null, sure: reached };
    }
    if (line.end === null) return open;
    reached = line.end;
    const nothingGenerated = line.end === before.length;
    if (header || line.code === '' || line.code.startsWith('@')) continue;
    if (line.code.endsWith(':')) header = line;
    else if (!nothingGenerated) return { end: reached, sure: null };
  }
  return open;
}

/** Whether a line goes on with the statement above it; `perhaps` while its first word is not finished. */
function continuation({ text, end }: LogicalLine): 'yes' | 'no' | 'perhaps' {
  const word = /^[a-z]*/.exec(text)![0];
  if (end === null && word === text) {
    return clauses.some((clause) => clause.startsWith(word)) ? 'perhaps' : 'no';
  }
  return clauses.includes(word) ? 'yes' : 'no';
}

/** A block ends before the first line that is indented less; at the outermost level, with its paragraph. */
function blockEnd(lines: readonly LogicalLine[], { line: before, state }: Cursor): LineEnding {
  const insideLine = state.mode !== 'code' || state.depth > 0;
  let least: number | null = null;
  let reached = 0;
  let blankBefore = false;
  for (const [i, line] of lines.entries()) {
    if (line.text === '') {
      blankBefore = i > 0;
      continue;
    }
    if (least !== null) {
      const paragraphEnds = least === 0 && line.indent === 0 && blankBefore;
      if (line.indent < least || paragraphEnds) return { end: reached, sure: null };
    }
    const opensBlock = i === 0 && line.end === before.length && line.code.endsWith(':');
    if (opensBlock) least = line.indent + 1;
    else if (i > 0 || !insideLine) least ??= line.indent;
    if (line.end === null) return open;
    reached = line.end;
    blankBefore = false;
  }
  return open;
}

function logicalLines(text: string, { state }: Cursor): LogicalLine[] {
  const { kinds, depths } = scan(text, 'indent', state);
  const lines: LogicalLine[] = [];
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const ends = text[i] === '\n' && kinds[i] === inCode && depths[i]! <= 0 && text[i - 1] !== '\\';
    if (!ends && i < text.length) continue;
    let code = '';
    for (let at = start; at < i; at++) if (kinds[at] !== inComment) code += text[at];
    const own = text.slice(start, i);
    const indent = own.search(/\S|$/);
    lines.push({ end: ends ? i : null, indent, text: own.slice(indent).trimEnd(), code: code.trim() });
    start = i + 1;
  }
  return lines;
}
