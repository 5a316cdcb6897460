import type { AttributionGraph, GraphNode } from '../graph';
import type { Influence } from '../graphInfluence';
import type { Kept } from '../graphPrune';

/** What is left out at a place is drawn there from this share of the strongest drawn edge on: it says where a head reads. */
const drawnFrom = 0.12;
/** And at that many places at most. */
const mostRests = 4;

/** A number for the layer and position of a node; -1 for what is everywhere or below all layers. */
export function placeKey({ layer, position }: Pick<GraphNode, 'layer' | 'position'>): number {
  return layer === null || position === null ? -1 : layer * 2 ** 24 + position;
}

/**
 * The layers and positions, as keys, from which many weak edges that are not drawn bring so much together that leaving it
 * out would mislead: an induction head may read nearly all from one token, and from no part there much.
 */
export function strongRests(
  { nodes, edges }: AttributionGraph,
  { edges: influence }: Pick<Influence, 'edges'>,
  shown: Kept,
): ReadonlySet<number> {
  const sums = new Map<number, number>();
  let strongest = 0;
  edges.targets.forEach((target, edge) => {
    if (!shown.nodes[target]) return;
    if (shown.edges[edge]) {
      strongest = Math.max(strongest, influence[edge]!);
      return;
    }
    const key = placeKey(nodes[edges.sources[edge]!]!);
    if (key >= 0) sums.set(key, (sums.get(key) ?? 0) + influence[edge]!);
  });
  const strong = [...sums].filter(([, sum]) => sum >= drawnFrom * strongest && sum > 0);
  strong.sort(([, a], [, b]) => b - a);
  return new Set(strong.slice(0, mostRests).map(([key]) => key));
}
