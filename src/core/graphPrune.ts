import { type AttributionGraph, edgesOf, type GraphNode, isEnd } from './graph';
import { type Influence, influenceOf } from './graphInfluence';

/** The shares of influence that nodes and edges must keep together, each in (0, 1]. */
export interface PruneThresholds {
  readonly nodes: number;
  readonly edges: number;
}

/** As circuit-tracer has them. */
export const defaultThresholds: PruneThresholds = { nodes: 0.8, edges: 0.98 };

/** Which nodes and edges stay, by index. */
export interface Kept {
  readonly nodes: readonly boolean[];
  readonly edges: readonly boolean[];
}

/**
 * What pruning keeps (circuit-tracer; Ameisen et al. 2025): the strongest nodes that hold the share of influence between
 * them, and the ends in any case; of the edges between those the strongest that hold theirs; then no part stays that
 * leads nowhere, and none but errors and ends that nothing leads to.
 */
export function keptOf(
  graph: AttributionGraph,
  thresholds: PruneThresholds,
  influence = influenceOf(graph),
): Kept {
  const { nodes, edges } = graph;
  const enough = atLeast(influence.nodes, thresholds.nodes);
  const keptNodes = nodes.map((node, index) => isEnd(node) || influence.nodes[index]! >= enough);
  const between = (edge: number) => keptNodes[edges.sources[edge]!]! && keptNodes[edges.targets[edge]!]!;
  const inner = { ...edges, weights: edges.weights.map((weight, edge) => (between(edge) ? weight : 0)) };
  const again: Influence = influenceOf({ ...graph, edges: inner });
  const enoughEdge = atLeast(again.edges, thresholds.edges);
  const keptEdges = Array.from(
    inner.weights,
    (weight, edge) => weight !== 0 && again.edges[edge]! >= enoughEdge,
  );
  dropDeadEnds(graph, keptNodes, keptEdges);
  return { nodes: keptNodes, edges: keptEdges };
}

/** The score of the last of the strongest that together hold the share: all that are as strong stay. */
function atLeast(scores: Float64Array, share: number): number {
  const sorted = scores.toSorted().reverse();
  const total = sorted.reduce((sum, score) => sum + score, 0);
  let sum = 0;
  for (const score of sorted) {
    sum += score;
    if (sum >= share * total) return score;
  }
  return 0;
}

function dropDeadEnds({ nodes, edges }: AttributionGraph, keptNodes: boolean[], keptEdges: boolean[]): void {
  for (let changed = true; changed; ) {
    changed = false;
    const leaves = new Set<number>();
    const enters = new Set<number>();
    keptEdges.forEach((kept, edge) => {
      const alive = kept && keptNodes[edges.sources[edge]!]! && keptNodes[edges.targets[edge]!]!;
      keptEdges[edge] = alive;
      if (!alive) return;
      leaves.add(edges.sources[edge]!);
      enters.add(edges.targets[edge]!);
    });
    nodes.forEach((node, index) => {
      if (!keptNodes[index] || isEnd(node)) return;
      if (leaves.has(index) && (node.kind === 'error' || enters.has(index))) return;
      keptNodes[index] = false;
      changed = true;
    });
  }
}

/**
 * The graph without what is not kept. The sums stay whole: what a left-out node or edge gave to a node that stays comes
 * from the error of its layer and place. Such errors are made where there are none; what the bias gives always stays.
 */
export function pruned(graph: AttributionGraph, kept: Kept): AttributionGraph {
  const { edges } = graph;
  const nodes: GraphNode[] = [];
  const places = new Map<string, number>();
  const place = (node: GraphNode): number => {
    const known = places.get(node.id);
    if (known !== undefined) return known;
    places.set(node.id, nodes.length);
    return nodes.push(node) - 1;
  };
  graph.nodes.forEach((node, index) => {
    if (kept.nodes[index]) place(node);
  });
  const sums = new Map<string, { source: number; target: number; weight: number }>();
  edges.weights.forEach((weight, edge) => {
    const target = edges.targets[edge]!;
    if (!kept.nodes[target]) return;
    const source = graph.nodes[edges.sources[edge]!]!;
    const from = place(kept.edges[edge] || source.kind === 'bias' ? source : errorOf(source));
    const to = place(graph.nodes[target]!);
    const sum = sums.get(`${from}>${to}`) ?? { source: from, target: to, weight: 0 };
    sum.weight += weight;
    sums.set(`${from}>${to}`, sum);
  });
  const moved = (index: number) => places.get(graph.nodes[index]!.id);
  const scoreEdges = graph.scoreEdges.flatMap((edge) => {
    const [source, head] = [moved(edge.source), moved(edge.head)];
    return source === undefined || head === undefined ? [] : [{ ...edge, source, head }];
  });
  return { nodes, edges: edgesOf(sums.values()), scoreEdges };
}

/** The error of a node's layer and place: what stands for it where it is left out. */
export function errorOf(node: Pick<GraphNode, 'kind' | 'layer' | 'position' | 'id' | 'label'>): GraphNode {
  const { layer, position } = node;
  const where = layer === null ? 'embedding' : `L${layer}`;
  const own = node.kind === 'error';
  return {
    id: own ? node.id : `${layer === null ? '' : where}error@${position}`,
    kind: 'error',
    layer,
    position,
    index: null,
    value: null,
    activation: null,
    probability: null,
    label: own ? node.label : `all else of ${where}`,
  };
}
