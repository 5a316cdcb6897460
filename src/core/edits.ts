import type { TextChange } from './anchors';
import type { TextRange } from './text';

/** A text with its changes made, which do not overlap, and where its places went. */
export class Edited {
  readonly text: string;
  private readonly edits: readonly TextChange[];

  constructor(before: string, edits: readonly TextChange[]) {
    this.edits = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
    let text = '';
    let at = 0;
    for (const { start, end, text: put } of this.edits) {
      text += before.slice(at, start) + put;
      at = end;
    }
    this.text = text + before.slice(at);
  }

  /**
   * Where an offset went. One at an edit's start stays before what was put there, one within it goes to its end; text
   * inserted at an offset stands before it.
   */
  offsetOf(offset: number): number {
    let shift = 0;
    for (const { start, end, text } of this.edits) {
      if (start > offset || (start === offset && end > start)) break;
      if (offset < end) return start + shift + text.length;
      shift += text.length - (end - start);
    }
    return offset + shift;
  }

  /** Where a range went; empty when its text was taken out. */
  rangeOf({ start, end }: TextRange): TextRange {
    return { start: this.offsetOf(start), end: Math.max(this.offsetOf(start), this.offsetOf(end)) };
  }
}
