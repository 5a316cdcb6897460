// A document and its undo steps. Like VS Code it gives every inserted line end the document's own form, and tells several
// changes of one edit from the last to the first, each in terms of the text before all of them.

import { Position, Range, type Uri } from './types';
import type { World } from './world';

export interface Edit {
  readonly range: Range;
  readonly text: string;
}

export class TextDocument {
  version = 1;
  readonly isClosed = false;
  /** Set to refuse edits. */
  readOnly = false;
  #text: string;
  readonly #undo: { readonly text: string }[] = [];

  constructor(
    private readonly world: World,
    readonly uri: Uri,
    public languageId: string,
    text: string,
  ) {
    this.#text = text;
  }

  get eol(): '\n' | '\r\n' {
    return this.#text.includes('\r\n') ? '\r\n' : '\n';
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  getText(range?: Range): string {
    return range ? this.#text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.#text;
  }

  lineAt(line: number): { readonly range: Range; readonly text: string } {
    const text = this.#lines[line]!;
    return { text, range: new Range(line, 0, line, text.length) };
  }

  offsetAt({ line, character }: Position): number {
    const lines = this.#lines;
    const { length } = this.eol;
    const before = lines.slice(0, line).reduce((sum, text) => sum + text.length + length, 0);
    return Math.min(before + Math.min(character, lines[line]?.length ?? 0), this.#text.length);
  }

  positionAt(offset: number): Position {
    const before = this.#text.slice(0, offset).split(this.eol);
    return new Position(before.length - 1, before.at(-1)!.length);
  }

  getWordRangeAtPosition(position: Position, word: RegExp): Range | undefined {
    const line = this.#lines[position.line] ?? '';
    const found = [...line.matchAll(new RegExp(word, 'g'))].find(
      ({ 0: text, index }) => index <= position.character && position.character <= index + text.length,
    );
    return found && new Range(position.line, found.index, position.line, found.index + found[0].length);
  }

  /** The place right behind a piece of the text. */
  behind(piece: string): Position {
    return this.positionAt(this.#text.indexOf(piece) + piece.length);
  }

  /** The range of a piece of the text. */
  rangeOf(piece: string): Range {
    const start = this.#text.indexOf(piece);
    if (start < 0) throw new Error(`The document has no ‘${piece}’.`);
    return new Range(this.positionAt(start), this.positionAt(start + piece.length));
  }

  /** Applies an edit as one step. */
  apply(edits: readonly Edit[]): void {
    this.#undo.push({ text: this.#text });
    const eol = this.eol;
    const ordered = [...edits].sort((a, b) => this.offsetAt(b.range.start) - this.offsetAt(a.range.start));
    const contentChanges = ordered.map(({ range, text }) => ({
      range,
      rangeOffset: this.offsetAt(range.start),
      rangeLength: this.offsetAt(range.end) - this.offsetAt(range.start),
      text: text.replace(/\r?\n/g, eol),
    }));
    let now = this.#text;
    for (const { rangeOffset, rangeLength, text } of contentChanges)
      now = now.slice(0, rangeOffset) + text + now.slice(rangeOffset + rangeLength);
    this.#become(now, contentChanges);
  }

  /** Takes the last step back; VS Code tells the smallest change, here it is the whole text. */
  undo(): void {
    this.#replaceAll(this.#undo.pop()!.text);
  }

  setEol(eol: '\n' | '\r\n'): void {
    this.#replaceAll(this.#text.replace(/\r?\n/g, eol));
  }

  #replaceAll(text: string): void {
    const range = new Range(new Position(0, 0), this.positionAt(this.#text.length));
    this.#become(text, [{ range, rangeOffset: 0, rangeLength: this.#text.length, text }]);
  }

  #become(
    text: string,
    contentChanges: readonly { range: Range; rangeOffset: number; rangeLength: number; text: string }[],
  ): void {
    this.#text = text;
    this.version += 1;
    this.world.changed.fire({ document: this, contentChanges, reason: undefined });
  }

  get #lines(): readonly string[] {
    return this.#text.split(/\r?\n/);
  }
}
