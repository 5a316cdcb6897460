import type { Drawn } from '../../core/picture/drawn';

/** Every key of the panel and what it does, as the help shows them. */
export const keys: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'along the strongest edge, towards the answer or the text'],
  ['← →', 'to the neighbour in the same row'],
  ['Space', 'pin or unpin: it stays drawn, its paths stay lit'],
  ['G', 'group what is pinned and chosen; on a group, take it apart'],
  ['X', 'cut what is chosen out of the model, and see the answer change'],
  ['F', 'fold or open the layer of what is chosen'],
  ['Ctrl+Z', 'undo the last pin, group, name or cut'],
  ['/', 'search for a token or a part'],
  ['T', 'table instead of drawing, and back'],
  ['+ − 0', 'zoom in, out, to fit'],
  ['Esc', 'let go of what is chosen, close what is open'],
  ['?', 'these keys'],
];

/** Where an arrow key leads from a node; null where there is nothing that way or the key is another. */
export function neighbour({ picture, layout, ends }: Drawn, id: string, key: string): string | null {
  const here = picture.nodes.findIndex((node) => node.id === id);
  if (here < 0) return null;
  const isPart = (index: number) => picture.nodes[index]!.kind !== 'rest';
  if (key === 'ArrowUp') {
    const edge = ends.from[here]!.map((index) => picture.edges[index]!).find(({ to }) => isPart(to));
    return edge ? picture.nodes[edge.to]!.id : null;
  }
  if (key === 'ArrowDown') {
    const into = ends.into[here]!.map((index) => picture.edges[index]!);
    const edge = into.find(({ from }) => isPart(from)) ?? into[0];
    return edge ? picture.nodes[edge.from]!.id : null;
  }
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  const { y } = layout.nodes[here]!;
  const row = layout.nodes.filter((placed) => placed.y === y).sort((a, b) => a.x - b.x);
  const at = row.findIndex(({ node }) => node.id === id);
  return row[at + (key === 'ArrowLeft' ? -1 : 1)]?.node.id ?? null;
}
