import type { Anchored, Anchors } from './anchors';
import type { Source } from './explanation';
import type { Span } from './origin';
import { type Shade, sourceShades } from './shading';
import { type TextRange, textOrder } from './text';

/** The styles in which text is marked: sources for and against in steps, the explained token, text that changed. */
export const markNames = [
  'source1',
  'source2',
  'source3',
  'source4',
  'source5',
  'against1',
  'against2',
  'against3',
  'copied',
  'target',
  'stale',
] as const;

export type MarkName = (typeof markNames)[number];

export type Marks = ReadonlyMap<MarkName, readonly TextRange[]>;

/** The most ranges in an editor: VS Code becomes slow with more than a thousand altogether. */
export const mostMarks = 800;
export const mostBars = 200;

/**
 * The marks of the tokens `target`: each source in its step, but stale ones, whose text is not what the model read; and all
 * stale tokens from `first` on; and the span it was copied from. `sources` is null before they are known. Neighbours of the same style become one range;
 * where there are too many, the strongest stay.
 */
export function marksOf(
  anchored: Anchored,
  anchors: Anchors,
  first: number,
  target: { readonly index: number; readonly end: number },
  sources: readonly Source[] | null,
  copied: Span | null = null,
): Marks {
  const marks = new Map<MarkName, TextRange[]>();
  const put = (name: MarkName, range: TextRange) => {
    const ranges = marks.get(name) ?? [];
    const last = ranges.at(-1);
    if (last && last.end >= range.start)
      ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else ranges.push(range);
    marks.set(name, ranges);
  };
  const shades = sourceShades(sources ?? []);
  for (const index of textOrder(anchored.tokens)) {
    const token = anchored.tokens[index]!;
    const range = anchors.ranges[index]!;
    if (token.special || range.start === range.end) continue;
    if (anchors.stale[index]) {
      if (index >= first) put('stale', range);
      continue;
    }
    if (index >= target.index && index < target.end) put('target', range);
    if (copied && index >= copied.first && index <= copied.last) put('copied', range);
    const shade = shades.get(index);
    if (shade !== undefined && index < target.index) put(nameOf(shade), range);
  }
  return limited(marks);
}

function nameOf(shade: Shade): MarkName {
  return (shade > 0 ? `source${shade}` : `against${-shade}`) as MarkName;
}

/** What matters most first: the token itself, then the strongest steps. */
const importance: readonly MarkName[] = [
  'target',
  'copied',
  'source5',
  'source4',
  'against3',
  'source3',
  'against2',
  'source2',
  'against1',
  'source1',
  'stale',
];

function limited(marks: ReadonlyMap<MarkName, TextRange[]>): Marks {
  const kept = new Map<MarkName, readonly TextRange[]>();
  let left = mostMarks;
  for (const name of importance) {
    const ranges = (marks.get(name) ?? []).slice(0, left);
    left -= ranges.length;
    kept.set(name, ranges);
  }
  return kept;
}
