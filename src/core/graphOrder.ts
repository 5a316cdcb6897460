import { WhenceError } from './errors';
import type { AttributionGraph } from './graph';

/** Edges by what they go into: those of a node stand from `first[node]` on, up to those of the next. */
interface EdgesInto {
  readonly first: Int32Array;
  readonly edges: Int32Array;
}

/** The edges of a graph by their targets. */
function edgesInto({ nodes, edges: { targets } }: AttributionGraph): EdgesInto {
  const first = new Int32Array(nodes.length + 1);
  for (const target of targets) first[target + 1]! += 1;
  for (let node = 0; node < nodes.length; node++) first[node + 1]! += first[node]!;
  const at = first.slice();
  const edges = new Int32Array(targets.length);
  targets.forEach((target, edge) => {
    edges[at[target]!] = edge;
    at[target]! += 1;
  });
  return { first, edges };
}

/**
 * Calls back for every node after all that it gives something to. Edges of weight 0 lead nowhere.
 *
 * @param visit gets a node and the edges into it
 * @throws WhenceError `bad-input` for a graph with a cycle
 */
export function readersFirst(
  graph: AttributionGraph,
  visit: (node: number, edgesIn: Int32Array) => void,
): void {
  const { nodes, edges } = graph;
  const into = edgesInto(graph);
  /** By node, edges from it that were not passed yet. */
  const waiting = new Int32Array(nodes.length);
  for (let edge = 0; edge < edges.weights.length; edge++) {
    if (edges.weights[edge] !== 0) waiting[edges.sources[edge]!]! += 1;
  }
  const ready = Array.from(nodes.keys()).filter((node) => waiting[node] === 0);
  for (let next = 0; next < ready.length; next++) {
    const node = ready[next]!;
    const own = into.edges.subarray(into.first[node]!, into.first[node + 1]!);
    visit(node, own);
    for (const edge of own) {
      if (edges.weights[edge] === 0) continue;
      const source = edges.sources[edge]!;
      waiting[source]! -= 1;
      if (waiting[source] === 0) ready.push(source);
    }
  }
  if (ready.length < nodes.length) throw cyclic();
}

function cyclic(): WhenceError {
  return new WhenceError(
    'bad-input',
    'The edges of this graph go round in a circle, so it is no attribution graph: it cannot be opened.',
  );
}
