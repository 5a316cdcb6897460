import type { AttributionGraph } from './graph';
import { readersFirst } from './graphOrder';

/** Sums below this count as this, so that a node without inputs passes nothing on. */
const leastSum = 1e-10;

/** How much of a graph's output each node and edge carries, and how much of it the graph knows (methods §6.8). */
export interface Influence {
  /** Of each node on the logits, through all paths. A logit has none on itself. */
  readonly nodes: Float64Array;
  /** Of each edge. */
  readonly edges: Float64Array;
  /** Of what enters at tokens and errors, the share that enters at tokens, in [0, 1]. */
  readonly replacement: number;
  /** The share of all nodes' inputs that comes from no error, by influence, in [0, 1]. */
  readonly completeness: number;
}

/**
 * Influence as in circuit-tracer (Ameisen et al. 2025): every node's inputs are shared out by magnitude, and the logits'
 * probabilities flow back along the shares, w · (Â + Â² + …). One pass, because nothing goes round: a node passes on what
 * reached it when all that it gives to have done so.
 *
 * @throws WhenceError `bad-input` for a graph with a cycle
 */
export function influenceOf(graph: AttributionGraph): Influence {
  const { nodes, edges } = graph;
  const shares = sharesOf(graph);
  const weights = logitWeights(graph);
  const total = new Float64Array(nodes.length);
  readersFirst(graph, (node, edgesIn) => {
    const reached = total[node]! + weights[node]!;
    for (const edge of edgesIn) total[edges.sources[edge]!]! += reached * shares[edge]!;
  });
  const reached = total.map((value, node) => value + weights[node]!);
  const byEdge = shares.map((share, edge) => share * reached[edges.targets[edge]!]!);
  return { nodes: total, edges: byEdge, ...scoresOf(graph, shares, total, reached) };
}

/** Every node's magnitude of inputs is 1, shared out. */
function sharesOf({ nodes, edges }: AttributionGraph): Float64Array {
  const sums = new Float64Array(nodes.length);
  edges.weights.forEach((weight, edge) => {
    sums[edges.targets[edge]!]! += Math.abs(weight);
  });
  return edges.weights.map(
    (weight, edge) => Math.abs(weight) / Math.max(sums[edges.targets[edge]!]!, leastSum),
  );
}

/** The probabilities of the logits; a logit whose probability nobody knows counts in full. */
function logitWeights({ nodes }: AttributionGraph): Float64Array {
  return Float64Array.from(nodes, ({ kind, probability }) => (kind === 'logit' ? (probability ?? 1) : 0));
}

function scoresOf(
  { nodes, edges }: AttributionGraph,
  shares: Float64Array,
  influence: Float64Array,
  reached: Float64Array,
): Pick<Influence, 'replacement' | 'completeness'> {
  const sum = (values: Float64Array, chosen: (node: number) => boolean) =>
    values.reduce((total, value, node) => total + (chosen(node) ? value : 0), 0);
  const enters = (node: number) => ['token', 'position', 'bias'].includes(nodes[node]!.kind);
  const isError = (node: number) => nodes[node]!.kind === 'error';
  const unknown = new Float64Array(nodes.length);
  shares.forEach((share, edge) => {
    if (isError(edges.sources[edge]!)) unknown[edges.targets[edge]!]! += share;
  });
  const tokens = sum(influence, enters);
  const all = sum(reached, () => true);
  const known = reached.reduce((total, value, node) => total + value * (1 - unknown[node]!), 0);
  const entered = tokens + sum(influence, isError);
  // The sums are rounded: a share may come out a hair outside of [0, 1].
  const share = (part: number, whole: number) => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 1);
  return { replacement: share(tokens, entered), completeness: share(known, all) };
}

/**
 * Where each node stands when they are sorted by influence: the share of all influence that it and all stronger ones
 * have, in (0, 1]. Small for the strongest. This is what the interchange format calls a node's influence.
 */
export function cumulativeInfluence(influence: Float64Array): Float64Array {
  const order = Array.from(influence.keys()).sort((a, b) => influence[b]! - influence[a]!);
  const total = influence.reduce((sum, value) => sum + value, 0);
  const cumulative = new Float64Array(influence.length).fill(1);
  let sum = 0;
  for (const node of order) {
    sum += influence[node]!;
    if (total > 0) cumulative[node] = Math.min(1, sum / total);
  }
  return cumulative;
}
