import type { TextRange } from './text';

/** A place in a text as people and editors name it, both counted from 0. */
export interface Place {
  readonly line: number;
  /** UTF-16 units from the start of the line. */
  readonly character: number;
}

/** The text with every line end as one `\n`: what the model reads, whatever the file's line ends are. */
export function withPlainLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/**
 * Offsets and places of a text whose line ends are `\n`. A place is the same whichever line ends the file has, so
 * offsets counted here survive a change of line ends.
 */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Without its line end; empty for a line that does not exist. */
  textOf(line: number): string {
    const start = this.#starts[line];
    if (start === undefined) return '';
    return this.text.slice(start, (this.#starts[line + 1] ?? this.text.length + 1) - 1);
  }

  offsetAt(place: Place): number {
    if (place.line < 0) return 0;
    const start = this.#starts[place.line];
    if (start === undefined) return this.text.length;
    const end = (this.#starts[place.line + 1] ?? this.text.length + 1) - 1;
    return Math.min(start + Math.max(0, place.character), end);
  }

  placeAt(offset: number): Place {
    const within = Math.min(Math.max(0, offset), this.text.length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: within - this.#starts[low]! };
  }

  lineOf(offset: number): number {
    return this.placeAt(offset).line;
  }

  /** First and last line that the range touches. */
  linesOf(range: TextRange): { readonly first: number; readonly last: number } {
    return { first: this.lineOf(range.start), last: this.lineOf(Math.max(range.start, range.end - 1)) };
  }
}
