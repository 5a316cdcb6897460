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
  readonly rows: readonly { readonly label: string; readonly y: number }[];
  readonly width: number;
  readonly height: number;
}

const rowHeight = 78;
const part = { width: 78, height: 36, gap: 14 };
const token = { height: 26, character: 7.4, padding: 14, gap: 8, longest: 14 };
const foldWidth = 26;
const rowLabels = 62;
const margin = 16;

/** Places a circuit: token positions across, grouped by source line and empty ones folded; layers upward, empty ones folded. */
export function layoutOf(circuit: Circuit, context: CircuitContext): Layout {
  const layers = [...new Set(circuit.nodes.flatMap(({ layer }) => (layer === null ? [] : [layer])))].sort(
    (a, b) => a - b,
  );
  const top = margin + part.height / 2;
  const yOf = (row: number) => top + (layers.length + 1 - row) * rowHeight;
  const tokensY = yOf(0);
  const columns = columnsOf(circuit, context);

  const nodes: PlacedNode[] = [];
  const put = (node: CircuitNode, x: number, y: number, width: number, height: number) => {
    nodes.push({ node, ...labels(node, context), x, y, width, height });
  };
  for (const column of columns.list) {
    const own = circuit.nodes.find((node) => node.kind === 'token' && node.position === column.position);
    if (own) put(own, column.centre, tokensY, labelWidth(tokenLabel(own, context)), token.height);
    for (const [row, layer] of layers.entries()) {
      const here = inOrder(circuit.nodes, layer, column.position);
      const start = column.centre - (widthOfParts(here.length) - part.width) / 2;
      for (const [index, node] of here.entries()) {
        put(node, start + index * (part.width + part.gap), yOf(row + 1), part.width, part.height);
      }
    }
  }
  const lastCentre = columns.list.at(-1)?.centre ?? rowLabels;
  const outside = columns.end + part.gap + 50;
  const others = circuit.nodes.find((node) => node.kind === 'others');
  if (others) put(others, rowLabels + margin + 50, tokensY, 100, token.height);
  const constants = circuit.nodes.filter((node) => node.kind === 'pos' || node.kind === 'bias');
  for (const [index, node] of constants.entries()) {
    put(node, outside + index * 110, tokensY, 100, part.height);
  }
  const rest = circuit.nodes.find((node) => node.kind === 'rest');
  if (rest) put(rest, outside, yOf(1), 100, part.height);
  const output = circuit.nodes.find((node) => node.kind === 'output');
  if (output)
    put(output, lastCentre, top, Math.max(110, labelWidth(labels(output, context).label)), part.height);

  return {
    nodes,
    edges: edgesBetween(circuit.edges, nodes),
    brackets: bracketsOf(columns.list, context, tokensY + token.height / 2 + 8),
    folds: columns.folds.map((fold) => ({ ...fold, y: tokensY })),
    rows: [
      { label: 'tokens', y: tokensY },
      ...layers.map((layer, row) => ({ label: `layer ${layer}`, y: yOf(row + 1) })),
      { label: 'answer', y: top },
    ],
    width: Math.max(...nodes.map(({ x, width }) => x + width / 2), rowLabels) + margin,
    height: tokensY + token.height / 2 + 34,
  };
}

interface Column {
  readonly position: number;
  readonly centre: number;
  readonly from: number;
  readonly to: number;
}

/** A column for each position that has a node, as wide as what stands there. */
function columnsOf(
  circuit: Circuit,
  context: CircuitContext,
): { list: readonly Column[]; folds: readonly { x: number; hidden: number }[]; end: number } {
  const placed = circuit.nodes.filter((node) => node.kind === 'token' || node.layer !== null);
  const positions = [...new Set(placed.map((node) => node.position))].sort((a, b) => a - b);
  const folds: { x: number; hidden: number }[] = [];
  const list: Column[] = [];
  const hasOthers = circuit.nodes.some((node) => node.kind === 'others');
  let x = rowLabels + margin + (hasOthers ? 100 + token.gap : 0);
  for (const [order, position] of positions.entries()) {
    const hidden = position - (positions[order - 1] ?? -1) - 1;
    if (hidden > 0) {
      folds.push({ x: x + foldWidth / 2, hidden });
      x += foldWidth;
    }
    const own = placed.find((node) => node.kind === 'token' && node.position === position);
    const perLayer = new Map<number, number>();
    for (const { layer, position: at } of placed) {
      if (layer !== null && at === position) perLayer.set(layer, (perLayer.get(layer) ?? 0) + 1);
    }
    const parts = Math.max(0, ...perLayer.values());
    const width = Math.max(own ? labelWidth(tokenLabel(own, context)) : 0, widthOfParts(parts));
    list.push({ position, centre: x + width / 2, from: x, to: x + width });
    x += width + token.gap;
  }
  return { list, folds, end: x };
}

function widthOfParts(count: number): number {
  return count === 0 ? 0 : count * (part.width + part.gap) - part.gap;
}

/** Heads by number, then the MLP. */
function inOrder(nodes: readonly CircuitNode[], layer: number, position: number): readonly CircuitNode[] {
  const rank = (node: CircuitNode) => node.head ?? Number.MAX_SAFE_INTEGER;
  return nodes
    .filter((node) => node.layer === layer && node.position === position)
    .sort((a, b) => rank(a) - rank(b));
}

function tokenLabel(node: CircuitNode, context: CircuitContext): string {
  const text = [...showToken(context.tokens[node.position]?.text ?? '')];
  return text.length > token.longest ? `${text.slice(0, token.longest - 1).join('')}…` : text.join('');
}

function labelWidth(label: string): number {
  return Math.max(24, [...label].length * token.character + token.padding);
}

function labels(node: CircuitNode, context: CircuitContext): { label: string; detail: string } {
  const value = showSigned(node.value);
  switch (node.kind) {
    case 'token':
      return { label: tokenLabel(node, context), detail: '' };
    case 'others':
      return { label: node.count === 1 ? '1 other' : `${node.count} others`, detail: '' };
    case 'rest':
      return { label: node.count === 1 ? 'rest (1)' : `rest (${node.count})`, detail: value };
    case 'output':
      return { label: showToken(context.target), detail: value };
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
