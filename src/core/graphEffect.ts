import type { AttributionGraph } from './graph';
import { readersFirst } from './graphOrder';

/** Nothing is divided by less: what adds up to next to nothing passes nothing on. */
const leastValue = 1e-9;

/**
 * What a graph of one logit says would become of its value if the outputs of nodes were multiplied: the change along all
 * value edges, in the model made affine at this text, so with patterns and norms held. What the graph left to its errors
 * is taken as it was. A neuron passes on what reaches it in proportion to its value; a head's value is its part of the
 * output already.
 *
 * @param factors by index of a node; 0 cuts it
 * @returns null where the graph has several logits, or none
 */
export function predictedChange(
  graph: AttributionGraph,
  factors: ReadonlyMap<number, number>,
): number | null {
  if (graph.nodes.filter(({ kind }) => kind === 'logit').length !== 1) return null;
  const whole = passedOn(graph, new Map(), null);
  const changed = passedOn(graph, factors, whole);
  let change = 0;
  for (const [node, factor] of factors) {
    const { kind, value } = graph.nodes[node]!;
    // Of a head the part is taken that goes through nothing else that is changed. One that gives to scores alone has none.
    const isHead = kind === 'head' && whole[node] !== 0;
    const own = isHead ? (value ?? 0) - (whole[node]! - changed[node]!) : changed[node]!;
    change += (factor - 1) * own;
  }
  return change;
}

/**
 * By node, what its output brings to the logit's value, through nodes whose outputs are multiplied.
 *
 * @param whole the same where none is; null when that is asked for
 */
function passedOn(
  graph: AttributionGraph,
  factors: ReadonlyMap<number, number>,
  whole: Float64Array | null,
): Float64Array {
  const { nodes, edges } = graph;
  const brought = new Float64Array(nodes.length);
  const unchanged = whole ?? brought;
  readersFirst(graph, (node, edgesIn) => {
    const { kind, value } = nodes[node]!;
    const factor = factors.get(node) ?? 1;
    let gain = factor;
    if (kind === 'head' && unchanged[node] === 0) gain = 0;
    else if (kind === 'head') {
      const lost = unchanged[node]! - brought[node]!;
      if (value !== null && Math.abs(value) > leastValue) gain *= 1 - lost / value;
    } else if (kind !== 'logit') {
      gain *= value !== null && Math.abs(value) > leastValue ? brought[node]! / value : 0;
    }
    for (const edge of edgesIn) brought[edges.sources[edge]!]! += gain * edges.weights[edge]!;
  });
  return brought;
}
