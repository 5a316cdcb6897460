import { type AttributionGraph, isEnd } from '../graph';
import { type Influence, influenceOf } from '../graphInfluence';
import { type Kept, keptOf, pruned } from '../graphPrune';

/** The steps of the slider: the share of influence that the drawn nodes hold between them, in percent. */
export const leastKeep = 10;
export const mostKeep = 100;

/** Nodes and edges that a newcomer can take in. */
const readableNodes = 30;
const readableEdges = 56;

/** How much of a graph is known when only some of it is drawn. */
export type KeptScores = Pick<Influence, 'replacement' | 'completeness'>;

/**
 * A graph under the slider. Of the nodes those stay that hold a share t of the influence, of the edges between them those
 * that hold √t of theirs (weak edges are many: with all of them nothing could be read). What was computed for a step is
 * kept, so that a drag costs each step once.
 */
export class Keeping {
  readonly influence: Influence;
  readonly #steps = new Map<number, Kept>();
  readonly #scores = new Map<number, KeptScores>();

  /** @throws WhenceError `bad-input` for a graph with a cycle */
  constructor(readonly graph: AttributionGraph) {
    this.influence = influenceOf(graph);
  }

  /** What stays at a step, in percent. */
  kept(percent: number): Kept {
    const known = this.#steps.get(percent);
    if (known) return known;
    const share = percent / 100;
    const kept = keptOf(this.graph, { nodes: share, edges: Math.sqrt(share) }, this.influence);
    this.#steps.set(percent, kept);
    return kept;
  }

  /** Replacement and completeness at a step, where what is left out counts as error (methods §6.8). */
  scores(percent: number): KeptScores {
    const known = this.#scores.get(percent);
    if (known) return known;
    const { replacement, completeness } = influenceOf(pruned(this.graph, this.kept(percent)));
    this.#scores.set(percent, { replacement, completeness });
    return { replacement, completeness };
  }

  /** The largest step whose picture can still be read; the least one that shows anything where there is none. */
  readable(): number {
    let [low, high] = [leastKeep, mostKeep];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#isReadable(middle)) low = middle;
      else high = middle - 1;
    }
    while (low < mostKeep && this.#edges(low).length === 0) low += 1;
    return low;
  }

  #isReadable(percent: number): boolean {
    const edges = this.#edges(percent);
    if (edges.length > readableEdges) return false;
    const ends = new Set<number>();
    for (const edge of edges) {
      ends.add(this.graph.edges.sources[edge]!);
      ends.add(this.graph.edges.targets[edge]!);
    }
    return ends.size <= readableNodes;
  }

  /** Edges that stay, those of errors left out. */
  #edges(percent: number): readonly number[] {
    const { nodes, edges } = this.graph;
    const found: number[] = [];
    this.kept(percent).edges.forEach((kept, edge) => {
      if (kept && nodes[edges.sources[edge]!]!.kind !== 'error') found.push(edge);
    });
    return found;
  }
}

/** Neurons, heads and features of a graph: what the slider chooses from. */
export function partsOf({ nodes }: AttributionGraph): number {
  return nodes.filter((node) => !isEnd(node) && node.kind !== 'error').length;
}
