import type { Explanation } from '../../core/explanation';
import { Lines } from '../../core/places';
import { type Shade, sourceShades } from '../../core/shading';
import { markOf, type Style, widthOf } from '../style';
import { visible } from './visible';

/** A character as it is printed. */
interface Cell {
  readonly text: string;
  readonly shade: Shade;
  readonly target: boolean;
}

/** Lines of context that are always shown before the explained token, whatever they brought. */
const linesBefore = 3;
/** Lines with a source of at least this strength are shown as well. */
const leastShade = 2;

/**
 * The context with its sources shaded, a mark under each, and the explained token at its end. Lines that brought little
 * are left out.
 *
 * @param text the prompt, into which the tokens' offsets point
 */
export function renderSource(explanation: Explanation, text: string, style: Style, width: number): string[] {
  const lines = new Lines(text);
  const rows = cellRows(explanation, text);
  const last = rows.length - 1;
  const first = lines.lineOf(explanation.tokens.find(({ start, end }) => end > start)?.start ?? 0);
  const shown = rows.map(
    (cells, line) =>
      line > last - linesBefore || cells.some(({ shade }) => shade >= leastShade || shade <= -leastShade),
  );
  const gutter = String(last + 1).length;
  const output: string[] = [];
  let hidden = 0;
  const flush = () => {
    if (hidden > 0)
      output.push(style.faint(`${'⋮'.padStart(gutter)}   ${hidden} line${hidden > 1 ? 's' : ''}`));
    hidden = 0;
  };
  for (let line = first; line <= last; line++) {
    if (!shown[line]) {
      hidden++;
      continue;
    }
    flush();
    output.push(...renderLine(String(line + 1).padStart(gutter), rows[line]!, style, width - gutter - 3));
  }
  return output;
}

/** The text up to the explained token, and that token, as lines of cells. */
function cellRows({ tokens, sources, target, span }: Explanation, text: string): Cell[][] {
  const first = span?.[0]?.index ?? target.index;
  const shades = sourceShades(sources);
  const rows: Cell[][] = [[]];
  const put = (stretch: string, shade: Shade, isTarget: boolean) => {
    for (const [at, part] of stretch.split('\n').entries()) {
      if (at > 0) {
        if (isTarget) rows.at(-1)!.push({ text: '⏎', shade, target: true });
        rows.push([]);
      }
      const cells = [...visible(part.replace(/\r$/, ''))].map((character) => ({
        text: character,
        shade,
        target: isTarget,
      }));
      for (const cell of cells) rows.at(-1)!.push(cell);
    }
  };
  // What the model did not see counts as lines and is not drawn: it may be megabytes.
  let printed = tokens.find(({ start, end }) => end > start)?.start ?? 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < printed; at = text.indexOf('\n', at + 1)) rows.push([]);
  for (const { index, start, end } of tokens.slice(0, target.index)) {
    put(text.slice(printed, start), 0, false);
    put(text.slice(Math.max(start, printed), end), shades.get(index) ?? 0, index >= first);
    printed = Math.max(printed, end);
  }
  put(target.text, 0, true);
  return rows;
}

/** One line, folded to the width: its text, then the marks where there are any. */
function renderLine(number: string, cells: readonly Cell[], style: Style, width: number): string[] {
  const blank = ' '.repeat(number.length);
  return fold(cells, Math.max(width, 20)).flatMap((part, at) => {
    const painted = runs(part).map(({ text, shade, target }) =>
      target ? style.target(text) : style.shade(text, shade),
    );
    const marks = part
      .map(({ text, shade, target }) => (target ? '▔' : markOf(shade)).repeat(widthOf(text)))
      .join('')
      .trimEnd();
    const row = `${style.faint(`${at === 0 ? number : blank} │`)} ${painted.join('')}`;
    return marks === '' ? [row] : [row, `${style.faint(`${blank} │`)} ${style.faint(marks)}`];
  });
}

function fold(cells: readonly Cell[], width: number): Cell[][] {
  const parts: Cell[][] = [[]];
  let used = 0;
  for (const cell of cells) {
    const columns = widthOf(cell.text);
    if (used + columns > width) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)!.push(cell);
    used += columns;
  }
  return parts;
}

/** Neighbours of the same look, joined. */
function runs(cells: readonly Cell[]): Cell[] {
  const joined: { text: string; shade: Shade; target: boolean }[] = [];
  for (const { text, shade, target } of cells) {
    const before = joined.at(-1);
    if (before && before.shade === shade && before.target === target) before.text += text;
    else joined.push({ text, shade, target });
  }
  return joined;
}
