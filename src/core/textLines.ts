import type { PanelToken } from './panel';

/** A token, or the part of one that stands on a line. */
export interface Piece {
  readonly index: number;
  readonly text: string;
  readonly special: boolean;
  readonly stale: boolean;
}

/** A line of the text as the panels draw it. */
export interface TextLine {
  /** Document line, from 0. */
  readonly line: number;
  readonly pieces: readonly Piece[];
  /** Indices of the tokens that start on the line. */
  readonly starts: readonly number[];
}

/** Lines that were left out between two that are shown. */
export interface Fold {
  readonly folded: readonly TextLine[];
}

/** Tokens as lines of text. A token that spans line breaks is cut there; its score counts on the line where it starts. */
export function textLines(tokens: readonly PanelToken[]): readonly TextLine[] {
  const lines: { line: number; pieces: Piece[]; starts: number[] }[] = [];
  const at = (line: number) => {
    const last = lines.at(-1);
    if (last && last.line === line) return last;
    const fresh = { line, pieces: [], starts: [] };
    lines.push(fresh);
    return fresh;
  };
  for (const { index, text, special, stale, line } of tokens) {
    const parts = special ? [text] : text.split(/\r?\n/);
    at(line).starts.push(index);
    for (const [offset, part] of parts.entries()) {
      if (part !== '') at(line + offset).pieces.push({ index, text: part, special, stale });
    }
  }
  return lines;
}

/** Σ of the scores of the tokens that start on a line, in logits. */
export function lineScore(line: TextLine, scores: ReadonlyMap<number, number>): number {
  return line.starts.reduce((sum, index) => sum + (scores.get(index) ?? 0), 0);
}

/** A line matters when one of its tokens has at least this share of the strongest score. */
const leastShare = 0.15;

/** Keeps the lines that matter and the last one; what lies between is folded. A single line is never folded away. */
export function foldLines(
  lines: readonly TextLine[],
  scores: ReadonlyMap<number, number>,
): readonly (TextLine | Fold)[] {
  const strongest = Math.max(0, ...[...scores.values()].map(Math.abs));
  const out: (TextLine | Fold)[] = [];
  let hidden: TextLine[] = [];
  const flush = () => {
    if (hidden.length === 1) out.push(hidden[0]!);
    else if (hidden.length > 1) out.push({ folded: hidden });
    hidden = [];
  };
  for (const [index, line] of lines.entries()) {
    const matters =
      index === lines.length - 1 ||
      line.starts.some((token) => Math.abs(scores.get(token) ?? 0) >= leastShare * strongest);
    if (matters) {
      flush();
      out.push(line);
    } else hidden.push(line);
  }
  flush();
  return out;
}
