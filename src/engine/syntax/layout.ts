import type { TextChange } from '../../core/anchors';
import type { TextRange } from '../../core/text';
import { nodesOf, type SyntaxNode } from './grammars';

/** Comments that tools read: without them the program is another one to somebody. */
const pragma =
  /^(?:#!|#\s*(?:type|noqa|pragma|pylint|fmt|-\*-)|\/\/\s*(?:@ts|eslint|go:|prettier|biome)|\/\/\/|\/\*\*)/;

/**
 * The program with another indentation: half as wide, or twice where it is two spaces. Null where nothing is indented, where
 * tabs and spaces are mixed, or the steps are uneven, so that the meaning might change. Texts over several lines stay.
 */
export function reindented(root: SyntaxNode, text: string): TextChange[] | null {
  const kept = [...nodesOf(root)].filter(({ children, start, end }) => {
    return children.length === 0 && text.slice(start, end).includes('\n');
  });
  const lines = linesOf(text).filter(
    ({ start }) => !kept.some((leaf) => leaf.start < start && start < leaf.end),
  );
  const indented = lines
    .map(({ start, end }) => ({ start, width: /^[ \t]*/.exec(text.slice(start, end))![0] }))
    .filter(({ width }) => width !== '');
  if (indented.length === 0) return null;
  if (indented.every(({ width }) => /^\t+$/.test(width))) {
    return indented.map(({ start, width }) => change(start, width, '    '.repeat(width.length)));
  }
  if (indented.some(({ width }) => width.includes('\t'))) return null;
  const step = indented.reduce((least, { width }) => divisor(least, width.length), 0);
  if (step < 2) return null;
  const now = step === 2 ? 4 : step / 2;
  return indented.map(({ start, width }) => change(start, width, ' '.repeat((width.length / step) * now)));
}

/**
 * An empty line before each statement at the outermost level that directly follows another; for programs that are not
 * indented. Null where there is no such place.
 */
export function spread(root: SyntaxNode, text: string): TextChange[] | null {
  const statements = root.children.filter(({ type }) => type !== 'ERROR' && !type.includes('comment'));
  const places = statements.slice(1).flatMap((node, at) => {
    const start = text.lastIndexOf('\n', node.start - 1) + 1;
    return text.slice(statements[at]!.end, node.start) === '\n' ? [start] : [];
  });
  return places.length === 0 ? null : places.map((start) => ({ start, end: start, text: '\n' }));
}

/** A comment that may go: with its line where it has one to itself, else with the space before it. */
export interface Comment {
  readonly text: string;
  readonly change: TextChange;
}

/** The comments of a program that no tool reads, in the order of the text. */
export function commentsOf(root: SyntaxNode, text: string): Comment[] {
  return [...nodesOf(root)]
    .filter(({ type }) => /^(?:line_|block_)?comment$/.test(type))
    .map(({ start, end }) => ({ start, end: end - (text[end - 1] === '\n' ? 1 : 0) }))
    .filter((range) => !pragma.test(text.slice(range.start, range.end)))
    .map((range) => ({ text: text.slice(range.start, range.end), change: without(range, text) }));
}

function without({ start, end }: TextRange, text: string): TextChange {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const lead = text.slice(line, start);
  if (lead.trim() === '' && text[end] === '\n') return { start: line, end: end + 1, text: '' };
  return { start: start - (lead.length - lead.trimEnd().length), end, text: '' };
}

function linesOf(text: string): TextRange[] {
  return Array.from(text.matchAll(/[^\n]*\S[^\n]*/g), ({ 0: line, index }) => ({
    start: index,
    end: index + line.length,
  }));
}

function change(start: number, old: string, text: string): TextChange {
  return { start, end: start + old.length, text };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
