// An editor whose decorations can be read as text.

import type { Edit, TextDocument } from './document';
import { type Range, Selection } from './types';
import type { World } from './world';

/** What Whence made a decoration type of. */
export interface DecorationType {
  readonly key: number;
  readonly options: unknown;
  dispose(): void;
}

/** Text behind a place, of no decoration type in particular. */
interface Behind {
  readonly range: Range;
  readonly renderOptions: { readonly after: { readonly contentText: string } };
}

export class TextEditor {
  viewColumn = 1;
  #selection: Selection;
  readonly #decorations = new Map<DecorationType, readonly Range[]>();
  /** What is written behind lines, by line from 1. */
  #behind: ReadonlyMap<number, string> = new Map();

  constructor(
    private readonly world: World,
    readonly document: TextDocument,
  ) {
    const start = document.positionAt(0);
    this.#selection = new Selection(start, start);
  }

  get selection(): Selection {
    return this.#selection;
  }

  set selection(selection: Selection) {
    this.#selection = selection;
    this.world.selected.fire({ textEditor: this, selections: [selection] });
  }

  get selections(): readonly Selection[] {
    return [this.#selection];
  }

  revealRange(): void {}

  async edit(build: (builder: { replace(range: Range, text: string): void }) => void): Promise<boolean> {
    const edits: Edit[] = [];
    build({ replace: (range, text) => edits.push({ range, text }) });
    if (this.document.readOnly) return false;
    this.document.apply(edits);
    return true;
  }

  setDecorations(type: DecorationType, given: readonly (Range | Behind | { readonly range: Range })[]): void {
    const ranges = given.map((each) => ('range' in each && !('renderOptions' in each) ? each.range : each));
    const behind = ranges.filter((range) => 'renderOptions' in range);
    if (ranges.length > 0 && behind.length === 0) this.#decorations.set(type, ranges as readonly Range[]);
    else this.#decorations.delete(type);
    if (behind.length > 0 || this.#behind.size > 0) {
      this.#behind = new Map(
        behind.map(({ range, renderOptions }) => [range.start.line + 1, renderOptions.after.contentText]),
      );
    }
  }

  get behind(): ReadonlyMap<number, string> {
    return this.#behind;
  }

  /** Decoration types that mark something here. */
  get used(): readonly DecorationType[] {
    return [...this.#decorations]
      .filter(([type, ranges]) => ranges.length > 0 && !this.world.gone.has(type))
      .map(([type]) => type);
  }

  /**
   * The text with its decorations: `source5[total]`, `target[x]`. Lines with a bar before them start with `▏`, all lines
   * with a space otherwise.
   */
  get rendered(): string {
    const marks: {
      readonly at: number;
      readonly text: string;
      readonly opens: boolean;
      readonly length: number;
    }[] = [];
    const bars = new Set<number>();
    for (const type of this.used) {
      const name = nameOf(type);
      for (const range of this.#decorations.get(type)!) {
        if (name === 'fresh') bars.add(range.start.line);
        else {
          const [start, end] = [this.document.offsetAt(range.start), this.document.offsetAt(range.end)];
          marks.push({ at: start, text: `${name}[`, opens: true, length: end - start });
          marks.push({ at: end, text: ']', opens: false, length: end - start });
        }
      }
    }
    // What ends here comes before what starts here; the longer one is outside.
    marks.sort(
      (a, b) =>
        a.at - b.at ||
        Number(a.opens) - Number(b.opens) ||
        (a.opens ? b.length - a.length : a.length - b.length),
    );
    const text = this.document.getText();
    let out = '';
    let last = 0;
    for (const mark of marks) {
      out += text.slice(last, mark.at) + mark.text;
      last = mark.at;
    }
    return (out + text.slice(last))
      .split(/\r?\n/)
      .map((line, i) => (bars.has(i) ? '▏' : ' ') + line)
      .join('\n');
  }
}

/** `source5` from whatever mentions the theme colour `whence.source5`. */
function nameOf({ options }: DecorationType): string {
  const name = /whence[.-](\w+)/.exec(JSON.stringify(options))?.[1];
  if (!name) throw new Error(`A decoration without a colour of ours: ${JSON.stringify(options)}`);
  return name;
}
