import { type TextRange, type Token, textOrder } from './text';

/**
 * Where a record's tokens stand in the document now: token i at `ranges[i]`, in offsets into the document's text with
 * `\n` line ends. A token is stale when the text there is no longer what the model saw.
 */
export interface Anchors {
  readonly ranges: readonly TextRange[];
  readonly stale: readonly boolean[];
}

/** What anchors hold on to: tokens, and the text that their ranges are in. */
export interface Anchored {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** Replaces a range of a text. Several that belong together all speak of the text before any of them. */
export interface TextChange extends TextRange {
  readonly text: string;
}

/** The anchors of a text that stands at `offset` of a document, checked against that document. */
export function anchorsAt(anchored: Anchored, offset: number, document: string): Anchors {
  return checked(anchored, placed(anchored, offset).ranges, document);
}

/** Of a suggestion: what is not in the document yet stands at the cursor, where it would begin. */
export function suggestedAnchors(
  record: Anchored & { readonly offset: number; readonly asked: TextRange },
): Anchors {
  const { ranges, stale } = placed(record, record.offset);
  const cursor = record.offset + record.asked.start;
  const length = record.asked.end - record.asked.start;
  const now = (at: number) => (at > cursor + length ? at - length : Math.min(at, cursor));
  return { ranges: ranges.map(({ start, end }) => ({ start: now(start), end: now(end) })), stale };
}

/** Where the tokens of a text at `offset` are expected, to be checked as soon as the document can be read. */
export function expectedAnchors(anchored: Anchored, offset: number): Anchors {
  return placed(anchored, offset);
}

/** The anchors after an edit from `before` to `after`. */
export function movedAnchors(
  anchored: Anchored,
  anchors: Anchors,
  changes: readonly TextChange[],
  before: string,
  after: string,
): Anchors {
  const edits = changes.map((change) => trimmed(change, before)).sort((a, b) => a.start - b.start);
  if (edits.every((edit) => edit.start === edit.end && edit.text === '')) return anchors;
  return checked(
    anchored,
    anchors.ranges.map((range) => moved(range, edits)),
    after,
  );
}

/** The anchors checked against a document that may have changed meanwhile, outside the editor. */
export function revalidatedAnchors(anchored: Anchored, anchors: Anchors, document: string): Anchors {
  const here = checked(anchored, anchors.ranges, document);
  if (!here.stale.includes(true)) return here;
  const offset = nearest(document, anchored.text, anchors.ranges[0]?.start ?? 0);
  return offset === null ? here : placed(anchored, offset);
}

/**
 * Without what the change leaves as it was at both its ends: formatters, undo and changes of line ends replace more
 * than they change, up to the whole document.
 */
function trimmed(change: TextChange, before: string): TextChange {
  const removed = before.slice(change.start, change.end);
  const most = Math.min(removed.length, change.text.length);
  let head = 0;
  while (head < most && removed.charCodeAt(head) === change.text.charCodeAt(head)) head++;
  let tail = 0;
  while (
    tail < most - head &&
    removed.charCodeAt(removed.length - 1 - tail) === change.text.charCodeAt(change.text.length - 1 - tail)
  )
    tail++;
  return {
    start: change.start + head,
    end: change.end - tail,
    text: change.text.slice(head, change.text.length - tail),
  };
}

/**
 * What is typed at the edge of a token stays outside. What replaces a part of it becomes its text; what replaces parts
 * of several tokens becomes the text of the first.
 */
function moved(range: TextRange, edits: readonly TextChange[]): TextRange {
  let { start, end } = range;
  let shift = 0;
  for (const edit of edits) {
    const growth = edit.text.length - (edit.end - edit.start);
    if (edit.end <= range.start) {
      start += growth;
      end += growth;
    } else if (edit.start < range.end) {
      const behind = edit.start + shift + edit.text.length;
      if (edit.start < range.start) start = behind;
      end = edit.end > range.end ? behind : end + growth;
    }
    shift += growth;
  }
  return { start, end };
}

/** Ranges with what the document says of them, after every attempt to find again what is not where it was. */
function checked(anchored: Anchored, moved: readonly TextRange[], document: string): Anchors {
  const written = anchored.tokens.map((token) => anchored.text.slice(token.start, token.end));
  const ranges = [...moved];
  const stale = ranges.map(
    (range, i) => written[i] !== '' && document.slice(range.start, range.end) !== written[i],
  );
  if (!stale.includes(true)) return { ranges, stale };
  const offset = whole(anchored, ranges, stale, document);
  if (offset !== null) return placed(anchored, offset);
  const order = textOrder(anchored.tokens);
  const inOrder = <T>(values: readonly T[]): T[] => order.map((index) => values[index]!);
  const found = { ranges: inOrder(ranges), stale: inOrder(stale) };
  reattach(inOrder(anchored.tokens), inOrder(written), found.ranges, found.stale, document);
  for (const [at, index] of order.entries()) {
    ranges[index] = found.ranges[at]!;
    stale[index] = found.stale[at]!;
  }
  return { ranges, stale };
}

/** All tokens fresh, the text standing at `offset`. */
function placed(anchored: Anchored, offset: number): Anchors {
  return {
    ranges: anchored.tokens.map((token) => ({ start: token.start + offset, end: token.end + offset })),
    stale: anchored.tokens.map(() => false),
  };
}

/** Where the text stands undivided: where a fresh token says it should, as after an undo; else nowhere (null). */
function whole(
  anchored: Anchored,
  ranges: readonly TextRange[],
  stale: readonly boolean[],
  document: string,
): number | null {
  const { text, tokens } = anchored;
  const isFresh = (i: number) => !stale[i] && tokens[i]!.start < tokens[i]!.end;
  const offsets = new Set(tokens.flatMap((token, i) => (isFresh(i) ? [ranges[i]!.start - token.start] : [])));
  for (const offset of offsets) if (offset >= 0 && document.startsWith(text, offset)) return offset;
  return offsets.size === 0 ? nearest(document, text, ranges[0]!.start) : null;
}

/**
 * Looks for stale tokens where they should be beside their nearest fresh neighbours, so that undo brings back what an
 * edit had made stale. All in the order of the text. Changes `ranges` and `stale`.
 */
function reattach(
  tokens: readonly Token[],
  written: readonly string[],
  ranges: TextRange[],
  stale: boolean[],
  document: string,
): void {
  const isFresh = (i: number) => !stale[i] && written[i] !== '';
  // Tokens that hold parts of one character share its range; all others must not overlap.
  const shared = (i: number, j: number) =>
    tokens[i]!.start === tokens[j]!.start && tokens[i]!.end === tokens[j]!.end;
  for (const step of [1, -1] as const) {
    const last = step === 1 ? tokens.length : -1;
    let behind: number | null = null;
    let ahead = step === 1 ? -1 : tokens.length;
    for (let i = step === 1 ? 0 : tokens.length - 1; i !== last; i += step) {
      if (isFresh(i)) behind = i;
      if (!stale[i]) continue;
      if ((ahead - i) * step <= 0) ahead = i + step;
      while (ahead !== last && !isFresh(ahead)) ahead += step;
      const beyond = ahead === last ? null : ahead;
      const [previous, next] = step === 1 ? [behind, beyond] : [beyond, behind];
      const low = previous === null ? 0 : ranges[previous]![shared(i, previous) ? 'start' : 'end'];
      const high = next === null ? document.length : ranges[next]![shared(i, next) ? 'end' : 'start'];
      const start = behind === null ? -1 : ranges[behind]!.start + tokens[i]!.start - tokens[behind]!.start;
      const end = start + written[i]!.length;
      if (start >= low && end <= high && document.startsWith(written[i]!, start)) {
        ranges[i] = { start, end };
        stale[i] = false;
        behind = i;
      } else {
        ranges[i] = clipped(ranges[i]!, low, high);
      }
    }
  }
}

/** A stale token claims no text that another token still holds. */
function clipped(range: TextRange, low: number, high: number): TextRange {
  const start = Math.min(Math.max(range.start, low), Math.max(low, high));
  return { start, end: Math.max(start, Math.min(range.end, high)) };
}

/** The occurrence of `text` that starts closest to `offset`, or null. */
function nearest(document: string, text: string, offset: number): number | null {
  if (text === '') return null;
  const behind = document.lastIndexOf(text, offset);
  const ahead = document.indexOf(text, offset);
  if (behind < 0 || ahead < 0) return Math.max(behind, ahead) < 0 ? null : Math.max(behind, ahead);
  return offset - behind <= ahead - offset ? behind : ahead;
}
