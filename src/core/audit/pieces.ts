import { slotPattern } from '../circuitFile/cases';
import type { TextRange } from '../text';

/** A slot's value or what stands on a line beside it, in a prompt whose slots are filled. */
export interface Piece extends TextRange {
  readonly label: string;
}

const longestLine = 48;

/**
 * The pieces of a prompt that are alike in all its cases, in their order and without gaps.
 *
 * @param before what tells the prompt from the others of its file, before the number of a line
 */
export function piecesOf(
  template: string,
  values: Readonly<Record<string, string>>,
  before: string,
): readonly Piece[] {
  const lines = template.split('\n');
  const pieces: Piece[] = [];
  let line = 0;
  const add = (label: string, length: number) => {
    const start = pieces.at(-1)?.end ?? 0;
    if (length > 0) pieces.push({ label, start, end: start + length });
  };
  const literal = (text: string) => {
    for (const [index, part] of text.split(/(?<=\n)/).entries()) {
      if (index > 0) line++;
      add(`${before}line ${line + 1}: ${shortened(lines[line]!)}`, part.length);
    }
    if (text.endsWith('\n')) line++;
  };
  let at = 0;
  for (const found of template.matchAll(slotPattern)) {
    const value = values[found[1]!];
    if (value === undefined) continue;
    if (found.index > at) literal(template.slice(at, found.index));
    add(found[0], value.length);
    at = found.index + found[0].length;
  }
  if (at < template.length) literal(template.slice(at));
  return pieces;
}

function shortened(line: string): string {
  const text = line.trim();
  return text.length > longestLine ? `${text.slice(0, longestLine - 1)}…` : text;
}
