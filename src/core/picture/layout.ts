import type { CircuitToken } from '../circuitPanel';
import { showToken } from '../display';
import { type Bands, bandsOf } from './bands';
import { isRemainder, type Picture, type PictureNode } from './picture';

export interface PlacedNode {
  readonly node: PictureNode;
  /** Centre and size, in units of the drawing. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A source line under its columns. */
export interface Bracket {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

/** A row of the drawing: the text, a layer's heads or neurons, the answer. */
export interface Row {
  readonly label: string;
  readonly y: number;
  readonly height: number;
  /** The layer it is (a part) of; null for the text and the answer. */
  readonly layer: number | null;
}

/** How large nodes are drawn: `tight` where the box is small, `dense` where nodes are many. */
export type NodeSize = 'roomy' | 'tight' | 'dense';

/** The box that a drawing fills, in CSS pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** In the order of the picture's nodes. */
  readonly nodes: readonly PlacedNode[];
  readonly rows: readonly Row[];
  readonly brackets: readonly Bracket[];
  readonly folds: readonly { readonly x: number; readonly y: number; readonly hidden: number }[];
  /** Tokens at which parts stand without being drawn themselves. */
  readonly places: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  /** Only roomy nodes have a second line. */
  readonly size: NodeSize;
  /** Characters of a token that there is room for. */
  readonly longest: number;
  readonly width: number;
  readonly height: number;
}

/** Columns from which on tokens are cut short. */
const manyColumns = 24;
/** How far, in steps, every second row stands aside of the others. */
const aside = 0.5;
/** Nodes from which on each has a single line. */
const denseFrom = 64;
const sizes = {
  roomy: { width: 88, height: 36, gap: 10, line: 43 },
  tight: { width: 62, height: 30, gap: 8, line: 36 },
  dense: { width: 72, height: 22, gap: 8, line: 28 },
} as const;
const token = { height: 26, character: 7.6, padding: 14, least: 26, gap: 10, longest: 14, short: 5 } as const;
const foldWidth = 26;
/** Left of the drawing, where the rows' names are. */
const gutter = 62;
const margin = 18;
const rowGap = {
  roomy: { least: 38, most: 96 },
  tight: { least: 24, most: 96 },
  dense: { least: 60, most: 400 },
} as const;
/** Drawn smaller than this, roomy nodes are no longer read: tight ones have larger names. */
const readableScale = 0.72;
const restWidth = 44;
const widestAnswer = 130;
const restLine = token.height + 4;
/** The most nodes side by side in one place; what is more goes into another line. */
const mostBeside = 16;

interface Column {
  readonly position: number;
  readonly from: number;
  readonly to: number;
  /** How far the rows stand aside of each other. */
  readonly shifted: number;
}

/**
 * Places a picture: positions across, grouped by source line, those without nodes folded; layers upward, the heads of a
 * layer below its neurons, which read them. What stands in one place lies side by side, and in lines where that is too
 * wide. What is not drawn of a layer has its sum at the right.
 */
export function layoutOf(picture: Picture, tokens: readonly CircuitToken[], box: Box): Layout {
  const bands = bandsOf(picture);
  const scaleOf = ({ width, height }: Layout) => Math.min(box.width / width, box.height / height);
  const best = (size: NodeSize, widest: readonly number[]) =>
    widest
      .map((most) => arranged(picture, bands, tokens, box, { size, most }))
      .reduce((first, next) => (scaleOf(next) > scaleOf(first) ? next : first));
  if (picture.nodes.length > denseFrom) return best('dense', [mostBeside]);
  const roomy = best('roomy', [2, 3, 4, 6]);
  return scaleOf(roomy) >= readableScale ? roomy : best('tight', [2, 3, 4, 6]);
}

function arranged(
  picture: Picture,
  bands: Bands,
  tokens: readonly CircuitToken[],
  box: Box,
  { size: nodeSize, most }: { readonly size: NodeSize; readonly most: number },
): Layout {
  const size = sizes[nodeSize];
  const step = size.width + size.gap;
  const longest = bands.positions.length > manyColumns ? token.short : token.longest;
  const besideOf = (count: number) => blockOf(count, most);
  const linesOf = (count: number) => Math.ceil(count / besideOf(count));
  const spanOf = (count: number) => (count === 0 ? 0 : besideOf(count) * step - size.gap);

  const hasRest = picture.nodes.some(isRemainder);
  const columns: Column[] = [];
  const folds: { x: number; hidden: number }[] = [];
  let x = gutter + margin;
  let before = -1;
  for (const position of bands.positions) {
    const hidden = position - before - 1;
    if (hidden > 0) {
      folds.push({ x: x + foldWidth / 2 - token.gap / 2, hidden });
      x += foldWidth;
    }
    const counts = bands.rows.map(({ at }) => at.get(position)?.length ?? 0);
    // Half a step more where every second row stands aside, so that edges pass between the nodes of the others.
    const shifted = counts.filter((count) => count > 0).length > 1 ? aside * step : 0;
    const widest = Math.max(...counts.map(spanOf)) + shifted;
    const width = Math.max(labelWidth(tokenLabel(tokens, position, longest)), widest);
    columns.push({ position, from: x, to: x + width, shifted });
    x += width + Math.max(token.gap, widest > 0 ? size.gap : 0);
    before = position;
  }
  const right = Math.max(x, gutter + margin + spanOf(bands.widestAnswer));
  const width = right + (hasRest ? restWidth + margin : 0) + margin;

  const heights = bands.rows.map(({ at, rest }) => {
    const lines = Math.max(1, ...[...at.values()].map((nodes) => linesOf(nodes.length)));
    return Math.max((lines - 1) * size.line + size.height, rest.length * restLine);
  });
  const fixed = heights.reduce((sum, height) => sum + height, 0) + token.height + 2 * margin + 40;
  const gap = clamp(
    ((width * box.height) / box.width - fixed) / Math.max(1, bands.rows.length),
    rowGap[nodeSize],
  );
  const centres = new Map(columns.map((column) => [column.position, (column.from + column.to) / 2]));
  const shifts = new Map(columns.map(({ position, shifted }) => [position as number | null, shifted]));
  const centreOf = (position: number | null) =>
    position === null ? (gutter + margin + right) / 2 : (centres.get(position) ?? right);

  const placed = new Array<PlacedNode>(picture.nodes.length);
  const rows: Row[] = [];
  let y = margin;
  for (let index = bands.rows.length - 1; index >= 0; index--) {
    const row = bands.rows[index]!;
    const height = heights[index]!;
    rows.push({ label: row.label, layer: row.layer, y: y + height / 2, height });
    for (const [position, nodes] of row.at) {
      const lines = linesOf(nodes.length);
      const beside = besideOf(nodes.length);
      const shift = row.answer ? 0 : ((index % 2) - 0.5) * (shifts.get(position) ?? 0);
      nodes.forEach((node, order) => {
        const line = Math.floor(order / beside);
        const inLine = Math.min(beside, nodes.length - line * beside);
        placed[node] = {
          node: picture.nodes[node]!,
          x: centreOf(position) + shift + ((order % beside) - (inLine - 1) / 2) * step,
          y: y + (height - (lines - 1) * size.line) / 2 + line * size.line,
          width:
            row.answer && nodes.length === 1 ? answerWidth(picture.nodes[node]!, size.width) : size.width,
          height: size.height,
        };
      });
    }
    row.rest.forEach((node, order) => {
      const down = (order - (row.rest.length - 1) / 2) * restLine;
      placed[node] = restAt(picture.nodes[node]!, right + margin + restWidth / 2, y + height / 2 + down);
    });
    y += height + gap;
  }
  const bottom = y + token.height / 2;
  rows.push({ label: 'text', layer: null, y: bottom, height: token.height });
  for (const node of bands.text) {
    const own = picture.nodes[node]!;
    const label = own.kind === 'token' ? tokenLabel(tokens, own.position ?? 0, longest) : own.label;
    placed[node] =
      isRemainder(own) || own.kind === 'bias'
        ? restAt(own, right + margin + restWidth / 2, bottom + (own.kind === 'bias' ? token.height + 6 : 0))
        : { node: own, x: centreOf(own.position), y: bottom, width: labelWidth(label), height: token.height };
  }
  const drawn = new Set(bands.text.map((node) => picture.nodes[node]!.position));
  return {
    nodes: placed,
    rows,
    brackets: bracketsOf(columns, tokens, bottom + token.height / 2 + 8),
    folds: folds.map((fold) => ({ ...fold, y: bottom })),
    places: columns
      .filter(({ position }) => !drawn.has(position))
      .map(({ position, from, to }) => ({
        x: (from + to) / 2,
        y: bottom,
        label: tokenLabel(tokens, position, longest),
      })),
    size: nodeSize,
    longest,
    width,
    height: bottom + token.height / 2 + 36,
  };
}

function restAt(node: PictureNode, x: number, y: number): PlacedNode {
  return { node, x, y, width: restWidth, height: token.height };
}

function clamp(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.max(least, Math.min(most, value));
}

/** A token as it stands in the drawing: at most so long. */
export function tokenLabel(tokens: readonly CircuitToken[], position: number, longest: number): string {
  const shown = [...showToken(tokens[position]?.text ?? '')];
  return shown.length > longest ? `${shown.slice(0, longest - 1).join('')}…` : shown.join('');
}

/** How many of so many nodes stand side by side: a few all of them, many in a block. */
function blockOf(count: number, most: number): number {
  return Math.min(most, most === mostBeside ? Math.ceil(Math.sqrt(count) * 0.9) : count);
}

/** The answer's token is read whole where it is not very long. */
function answerWidth({ label }: PictureNode, least: number): number {
  return Math.max(least, Math.min(widestAnswer, labelWidth(label)));
}

function labelWidth(label: string): number {
  return Math.max(token.least, [...label].length * token.character + token.padding);
}

/** Columns of the same line under one bracket. */
function bracketsOf(
  columns: readonly Column[],
  tokens: readonly CircuitToken[],
  y: number,
): readonly Bracket[] {
  const brackets: { label: string; from: number; to: number; y: number }[] = [];
  for (const { position, from, to } of columns) {
    const at = tokens[position];
    const label = !at || at.special || at.line === null ? '' : `line ${at.line + 1}`;
    const last = brackets.at(-1);
    if (last && last.label === label) last.to = to;
    else brackets.push({ label, from, to, y });
  }
  return brackets.filter(({ label }) => label !== '');
}
