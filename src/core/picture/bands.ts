import { isRemainder, type Picture, type PictureNode } from './picture';

/** A row of a drawing before it has a place: its nodes by position, each list in reading order. */
export interface Band {
  readonly label: string;
  readonly layer: number | null;
  /** True for what is explained. */
  readonly answer: boolean;
  /** Indices of nodes by token position. */
  readonly at: ReadonlyMap<number | null, readonly number[]>;
  readonly rest: readonly number[];
}

export interface Bands {
  /** From the lowest layer's heads up to the answer; without the text. */
  readonly rows: readonly Band[];
  /** Tokens, positions, constants, and the rest of the text. */
  readonly text: readonly number[];
  /** Token positions that have a node, in order. */
  readonly positions: readonly number[];
  readonly widestAnswer: number;
}

/** What is drawn in which row: tokens, then for each layer its heads and its neurons, then the answer. */
export function bandsOf({ nodes }: Picture): Bands {
  const rows = new Map<
    number,
    { label: string; layer: number | null; answer: boolean; nodes: number[]; rest: number[] }
  >();
  const text: number[] = [];
  nodes.forEach((node, index) => {
    const place = heightOf(node);
    if (place === 0) {
      text.push(index);
      return;
    }
    const answer = node.kind === 'logit';
    const label = answer ? 'answer' : node.layer === null ? 'place' : `layer ${node.layer}`;
    const row = rows.get(place) ?? { label, layer: answer ? null : node.layer, answer, nodes: [], rest: [] };
    (isRemainder(node) ? row.rest : row.nodes).push(index);
    rows.set(place, row);
  });
  withRestsBeside(rows);
  const sorted = [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
  const placed = sorted.flatMap((row) => row.nodes).concat(text.filter((index) => !isAside(nodes[index]!)));
  const positions = [...new Set(placed.flatMap((index) => nodes[index]!.position ?? []))].sort(
    (a, b) => a - b,
  );
  return {
    rows: sorted.map(({ label, layer, answer, nodes: members, rest }) => ({
      label,
      layer,
      answer,
      at: byPosition(nodes, members),
      rest,
    })),
    text,
    positions,
    widestAnswer: sorted.find(({ answer }) => answer)?.nodes.length ?? 0,
  };
}

/** A layer of which nothing else is drawn needs no row of its own for its rest: it goes into the next row above. */
function withRestsBeside(rows: Map<number, { readonly nodes: number[]; readonly rest: number[] }>): void {
  const heights = [...rows.keys()].sort((a, b) => a - b);
  heights.forEach((height, order) => {
    const row = rows.get(height)!;
    const above = rows.get(heights[order + 1] ?? -1);
    if (row.nodes.length > 0 || !above) return;
    above.rest.push(...row.rest);
    rows.delete(height);
  });
}

/** 0 for the text, 1 for places, then even numbers for heads and odd ones for neurons, and the answer above all. */
function heightOf({ kind, layer }: PictureNode): number {
  if (kind === 'logit') return Number.MAX_SAFE_INTEGER;
  if (layer === null) return kind === 'position' ? 1 : 0;
  const low = kind === 'head' || kind === 'attention-feature' || kind === 'rest';
  return 2 + 2 * layer + (low ? 0 : 1);
}

function isAside(node: PictureNode): boolean {
  return isRemainder(node) || node.kind === 'bias';
}

function byPosition(
  nodes: readonly PictureNode[],
  members: readonly number[],
): ReadonlyMap<number | null, readonly number[]> {
  const at = new Map<number | null, number[]>();
  const sorted = [...members].sort((a, b) => orderOf(nodes[a]!) - orderOf(nodes[b]!) || a - b);
  for (const index of sorted) {
    const { position } = nodes[index]!;
    at.set(position, [...(at.get(position) ?? []), index]);
  }
  return at;
}

/** By number within the layer where there is one: nodes keep their order while the slider moves. */
function orderOf({ id, kind }: PictureNode): number {
  const number = /^L\d+[HN](\d+)@/.exec(id);
  if (number) return Number(number[1]);
  return kind === 'logit' ? 0 : Number.MAX_SAFE_INTEGER;
}
