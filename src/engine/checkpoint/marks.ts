/** A special token by its spelling; it may take the white space beside it, as some tokenizers have it. */
export interface Mark {
  readonly id: number;
  readonly content: string;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** Text between special tokens, and where it began. */
export interface Piece {
  readonly text: string;
  readonly start: number;
}

/** A text as the special tokens spelled in it, by their ids, and what stands between them. The longest spelling holds. */
export function splitAtMarks(text: string, marks: readonly Mark[]): readonly (number | Piece)[] {
  if (marks.length === 0) return text === '' ? [] : [{ text, start: 0 }];
  const byContent = new Map(marks.map((mark) => [mark.content, mark]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map(escaped).join('|'), 'gu');
  const pieces: (number | Piece)[] = [];
  let from = 0;
  const put = (end: number) => {
    if (end > from) pieces.push({ text: text.slice(from, end), start: from });
  };
  for (const { 0: content, index } of text.matchAll(any)) {
    const { id, lstrip, rstrip } = byContent.get(content)!;
    const before = text.slice(from, index);
    put(from + (lstrip ? before.trimEnd() : before).length);
    pieces.push(id);
    from = index + content.length;
    if (rstrip) from += /^\s*/u.exec(text.slice(from))![0].length;
  }
  put(text.length);
  return pieces;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
