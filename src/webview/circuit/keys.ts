import type { Circuit } from '../../core/circuit';
import { edgesOf } from '../../core/circuitWords';
import type { Layout } from './layout';

/** Every key of the panel and what it does, as the help shows them. */
export const keys: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'along the strongest edge, towards the answer or the text'],
  ['← →', 'to the neighbour in the same row'],
  ['Space', 'pin or unpin: its paths stay lit, and it stays drawn'],
  ['/', 'search for a token or a part'],
  ['T', 'table instead of drawing, and back'],
  ['+ − 0', 'zoom in, out, to fit'],
  ['Esc', 'let go of the chosen part, close what is open'],
  ['?', 'these keys'],
];

/** Where an arrow key leads from a node; null where there is nothing that way or the key is another. */
export function neighbour(circuit: Circuit, layout: Layout, id: string, key: string): string | null {
  if (key === 'ArrowUp') return edgesOf(circuit, id, 'from')[0]?.to ?? null;
  if (key === 'ArrowDown') return edgesOf(circuit, id, 'to')[0]?.from ?? null;
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  const here = layout.nodes.find((placed) => placed.node.id === id);
  if (!here) return null;
  const row = layout.nodes.filter((placed) => placed.y === here.y).sort((a, b) => a.x - b.x);
  return row[row.indexOf(here) + (key === 'ArrowLeft' ? -1 : 1)]?.node.id ?? null;
}
