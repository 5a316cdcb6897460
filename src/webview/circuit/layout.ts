import type { Circuit, CircuitEdge, CircuitNode } from '../../core/circuit';
import { type CircuitContext, roleLetters } from '../../core/circuitWords';
import { showSigned, showToken } from '../../core/display';

export interface PlacedNode {
  readonly node: CircuitNode;
  readonly label: string;
  /** The second line: the value, or nothing. */
  readonly detail: string;
  /** Centre and size, in units of the drawing. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: CircuitEdge;
  readonly path: string;
  readonly width: number;
}

/** A source line under its columns, or the sign of columns that were folded. */
export interface Bracket {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly brackets: readonly Bracket[];
  readonly folds: readonly { readonly x: number; readonly y: number; readonly hidden: number }[];
  /** Tokens at which parts stand without giving anything themselves. */
  readonly places: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  readonly rows: readonly { readonly label: string; readonly y: number }[];
  readonly width: number;
  readonly height: number;
}

const rowHeights = { least: 64, most: 130 } as const;
const part = { width: 78, height: 36, gap: 14 };
const wide = 104;
const token = { height: 26, character: 7.4, padding: 14, gap: 8, longest: 14 };
const foldWidth = 26;
const rowLabels = 62;
const margin = 16;
/** How far each row stands left of the one below: edges pass beside the nodes above instead of behind them. */
const slants = { each: 46, all: 240 } as const;

/**
 * Places a circuit: token positions across, grouped by source line, empty ones folded; layers upward, empty ones folded.
 * Parts stand above their position as far as there is room. `aspect` is width over height of the box to fill.
 */
export function layoutOf(circuit: Circuit, context: CircuitContext, aspect: number): Layout {
  const layers = [...new Set(circuit.nodes.flatMap(({ layer }) => (layer === null ? [] : [layer])))].sort(
    (a, b) => a - b,
  );
  const columns = columnsOf(circuit, context);
  const slant = Math.min(slants.each, slants.all / Math.max(1, layers.length));
  const rows = layers.map((layer) => inOrder(circuit.nodes, layer));
  const lowest = circuit.nodes.filter(({ kind }) => kind === 'rest' || kind === 'pos' || kind === 'bias');
  if (rows.length === 0) rows.push([]);
  rows[0] = [...rows[0]!, ...lowest];

  const left = rowLabels + margin;
  const needed = Math.max(...rows.map((row, index) => widthOf(row) + index * slant));
  const right = Math.max(columns.end, left + needed);
  const width = right + margin;
  const fixed = margin * 2 + part.height + 40;
  const steps = rows.length + 1;
  const rowHeight = Math.max(rowHeights.least, Math.min(rowHeights.most, (width / aspect - fixed) / steps));
  const top = margin + part.height / 2;
  const yOf = (row: number) => top + (steps - row) * rowHeight;

  const nodes: PlacedNode[] = [];
  const put = (node: CircuitNode, x: number, y: number, height: number) => {
    nodes.push({ node, ...labels(node, context), x, y, width: sizeOf(node, context), height });
  };
  for (const node of circuit.nodes) {
    if (node.kind === 'token') put(node, centreOf(columns.list, node), yOf(0), token.height);
    if (node.kind === 'others') put(node, left + wide / 2, yOf(0), token.height);
  }
  for (const [row, members] of rows.entries()) {
    const wanted = members.map((node) => ({
      node,
      x: lowest.includes(node) ? right : centreOf(columns.list, node),
      width: sizeOf(node, context),
    }));
    for (const { node, x } of spread(wanted, left, right - row * slant)) {
      put(node, x, yOf(row + 1), part.height);
    }
  }
  const output = circuit.nodes.find((node) => node.kind === 'output');
  const upmost = nodes.filter(({ y }) => y === yOf(rows.length)).map(({ x }) => x);
  if (output) put(output, (Math.min(...upmost) + Math.max(...upmost)) / 2, top, part.height);

  const drawn = new Set(nodes.flatMap(({ node }) => (node.kind === 'token' ? [node.position] : [])));
  return {
    nodes,
    edges: edgesBetween(circuit.edges, nodes),
    brackets: bracketsOf(columns.list, context, yOf(0) + token.height / 2 + 8),
    folds: columns.folds.map((fold) => ({ ...fold, y: yOf(0) })),
    places: columns.list
      .filter(({ position }) => !drawn.has(position))
      .map(({ position, centre }) => ({ x: centre, y: yOf(0), label: tokenLabel(position, context) })),
    rows: [
      { label: 'text', y: yOf(0) },
      ...layers.map((layer, row) => ({ label: `layer ${layer}`, y: yOf(row + 1) })),
      { label: 'answer', y: top },
    ],
    width,
    height: yOf(0) + token.height / 2 + 34,
  };
}

function centreOf(columns: readonly Column[], node: CircuitNode): number {
  return columns.find(({ position }) => position === node.position)?.centre ?? rowLabels;
}

interface Wanted {
  readonly node: CircuitNode;
  readonly x: number;
  readonly width: number;
}

/** Moves nodes of a row apart, as little as needed from the right, so that none overlaps another; their order stays. */
function spread(wanted: readonly Wanted[], left: number, right: number): readonly Wanted[] {
  let limit = right;
  const fromRight = [...wanted].reverse().map((each) => {
    const x = Math.min(each.x + each.width / 2, limit) - each.width / 2;
    limit = x - each.width / 2 - part.gap;
    return { ...each, x };
  });
  let least = left;
  return fromRight.reverse().map((each) => {
    const x = Math.max(each.x - each.width / 2, least) + each.width / 2;
    least = x + each.width / 2 + part.gap;
    return { ...each, x };
  });
}

function widthOf(row: readonly CircuitNode[]): number {
  return row.reduce(
    (sum, { kind }) => sum + (kind === 'head' || kind === 'mlp' ? part.width : wide) + part.gap,
    0,
  );
}

function sizeOf(node: CircuitNode, context: CircuitContext): number {
  switch (node.kind) {
    case 'head':
    case 'mlp':
      return part.width;
    case 'token':
      return labelWidth(tokenLabel(node.position, context));
    case 'output':
      return Math.max(wide, labelWidth(labels(node, context).label));
    default:
      return wide;
  }
}

interface Column {
  readonly position: number;
  readonly centre: number;
  readonly from: number;
  readonly to: number;
}

/** A column for each position that has a node, as wide as its token. */
function columnsOf(
  circuit: Circuit,
  context: CircuitContext,
): { list: readonly Column[]; folds: readonly { x: number; hidden: number }[]; end: number } {
  const placed = circuit.nodes.filter((node) => node.kind === 'token' || node.layer !== null);
  const positions = [...new Set(placed.map((node) => node.position))].sort((a, b) => a - b);
  const folds: { x: number; hidden: number }[] = [];
  const list: Column[] = [];
  const hasOthers = circuit.nodes.some((node) => node.kind === 'others');
  let x = rowLabels + margin + (hasOthers ? wide + token.gap : 0);
  for (const [order, position] of positions.entries()) {
    const hidden = position - (positions[order - 1] ?? -1) - 1;
    if (hidden > 0) {
      folds.push({ x: x + foldWidth / 2 - token.gap / 2, hidden });
      x += foldWidth - token.gap;
    }
    const width = labelWidth(tokenLabel(position, context));
    list.push({ position, centre: x + width / 2, from: x, to: x + width });
    x += width + token.gap;
  }
  return { list, folds, end: x };
}

/** By position; heads by number, then the MLP. */
function inOrder(nodes: readonly CircuitNode[], layer: number): readonly CircuitNode[] {
  const rank = (node: CircuitNode) => node.head ?? Number.MAX_SAFE_INTEGER;
  return nodes
    .filter((node) => node.layer === layer)
    .sort((a, b) => a.position - b.position || rank(a) - rank(b));
}

function tokenLabel(position: number, context: CircuitContext): string {
  return shortened(context.tokens[position]?.text ?? '');
}

function shortened(text: string): string {
  const shown = [...showToken(text)];
  return shown.length > token.longest ? `${shown.slice(0, token.longest - 1).join('')}…` : shown.join('');
}

function labelWidth(label: string): number {
  return Math.max(24, [...label].length * token.character + token.padding);
}

function labels(node: CircuitNode, context: CircuitContext): { label: string; detail: string } {
  const value = showSigned(node.value);
  switch (node.kind) {
    case 'token':
      return { label: tokenLabel(node.position, context), detail: '' };
    case 'others':
      return { label: 'rest of text', detail: '' };
    case 'rest':
      return { label: node.count === 1 ? 'rest (1)' : `rest (${node.count})`, detail: value };
    case 'output':
      return { label: shortened(context.target), detail: value };
    case 'head': {
      const letters = roleLetters(node, context);
      return { label: letters ? `${node.id} ${letters}` : node.id, detail: value };
    }
    case 'pos':
      return { label: 'position', detail: value };
    case 'bias':
      return { label: 'constants', detail: value };
    case 'mlp':
      return { label: node.id, detail: value };
  }
}

/** Columns of the same line under one bracket. */
function bracketsOf(columns: readonly Column[], context: CircuitContext, y: number): readonly Bracket[] {
  const brackets: { label: string; from: number; to: number; y: number }[] = [];
  for (const column of columns) {
    const at = context.tokens[column.position];
    const label = !at || at.special ? '' : `line ${at.line + 1}`;
    const last = brackets.at(-1);
    if (last && last.label === label) last.to = column.to;
    else brackets.push({ label, from: column.from, to: column.to, y });
  }
  return brackets.filter((bracket) => bracket.label !== '');
}

const thinnest = 1;
const thickest = 11;

function edgesBetween(edges: readonly CircuitEdge[], nodes: readonly PlacedNode[]): readonly PlacedEdge[] {
  const byId = new Map(nodes.map((placed) => [placed.node.id, placed]));
  const strongest = Math.max(0, ...edges.map((edge) => Math.abs(edge.value)));
  return edges.flatMap((edge) => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    if (!from || !to) return [];
    const share = strongest > 0 ? Math.abs(edge.value) / strongest : 0;
    return [{ edge, path: curve(from, to), width: thinnest + (thickest - thinnest) * share }];
  });
}

function curve(from: PlacedNode, to: PlacedNode): string {
  const [y1, y2] = [from.y - from.height / 2, to.y + to.height / 2];
  const bend = Math.max(24, (y1 - y2) * 0.5);
  return `M ${from.x} ${y1} C ${from.x} ${y1 - bend}, ${to.x} ${y2 + bend}, ${to.x} ${y2}`;
}
