import { type AttributionGraph, isEnd, type ScoreEdge } from '../graph';
import type { Kept } from '../graphPrune';
import type { PictureQuestion } from './picture';

/** A score edge of at least this share of the strongest one's effect is part of the story: who gives to it is drawn. */
const tellingShare = 0.2;
/** Edges by which something is drawn that the slider would leave out, in each direction. */
const linksOfPinned = 4;

/**
 * Which nodes and edges are drawn: what the slider keeps, what is pinned with its strongest edges, and who brings a drawn
 * head to look where it looks (no influence flows along score edges, but an induction head is not understood without the
 * head that wrote what its key reads). Errors never are, and tokens and positions only where an edge leads to them.
 */
export function shownOf({ graph, kept, view }: PictureQuestion): Kept {
  const nodes = graph.nodes.map((node, index) => kept.nodes[index]! && node.kind !== 'error');
  const edges = kept.edges.map(
    (is, edge) => is && nodes[graph.edges.sources[edge]!]! && nodes[graph.edges.targets[edge]!]!,
  );
  const used = new Set<number>();
  edges.forEach((is, edge) => {
    if (is) used.add(graph.edges.sources[edge]!);
  });
  const wanted = new Set(view.pinned);
  const added = new Set<number>();
  graph.nodes.forEach(({ id, kind }, index) => {
    if (wanted.has(id) && kind !== 'error' && (!nodes[index] || !used.has(index))) added.add(index);
  });
  for (const { source: index } of tellingScores(graph, nodes)) {
    if (!nodes[index]) added.add(index);
    else used.add(index);
  }
  for (const index of added) nodes[index] = true;
  if (added.size > 0) connect(graph, nodes, edges, added, used);
  graph.nodes.forEach((node, index) => {
    if (isEnd(node) && node.kind !== 'logit' && !used.has(index) && !wanted.has(node.id))
      nodes[index] = node.kind === 'bias';
  });
  return { nodes, edges };
}

/** The score edges into shown heads that are part of the story. */
export function tellingScores(
  { scoreEdges }: AttributionGraph,
  shown: readonly boolean[],
): ReadonlySet<ScoreEdge> {
  const toShown = scoreEdges.filter(({ head }) => shown[head]);
  const strengthOf = ({ effect, score }: ScoreEdge) => Math.abs(effect ?? score);
  const least = tellingShare * Math.max(0, ...toShown.map(strengthOf));
  return new Set(toShown.filter((edge) => strengthOf(edge) >= least && least > 0));
}

/** Shows the strongest edges between what was added and what is shown; tokens count as shown. */
function connect(
  { edges: all, nodes: graphNodes }: AttributionGraph,
  nodes: readonly boolean[],
  edges: boolean[],
  added: ReadonlySet<number>,
  used: Set<number>,
): void {
  const links = new Map<string, number[]>();
  all.weights.forEach((weight, edge) => {
    const [source, target] = [all.sources[edge]!, all.targets[edge]!];
    if (weight === 0 || !nodes[source] || !nodes[target] || graphNodes[source]!.kind === 'bias') return;
    for (const key of [added.has(target) && `to ${target}`, added.has(source) && `from ${source}`]) {
      if (key) links.set(key, [...(links.get(key) ?? []), edge]);
    }
  });
  for (const list of links.values()) {
    list.sort((a, b) => Math.abs(all.weights[b]!) - Math.abs(all.weights[a]!));
    for (const edge of list.slice(0, linksOfPinned)) {
      edges[edge] = true;
      used.add(all.sources[edge]!);
    }
  }
}
