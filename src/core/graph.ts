/**
 * What a node of an attribution graph stands for. `token` and `position`: what the embeddings put in at a place. `neuron`
 * and `head`: a part of the model at a place. `feature` and `attention-feature`: a learned feature at a place, of MLPs or
 * of attention, in graphs made by others. `bias`: what the model adds whatever the text is. `error`: what no node stands
 * for at a layer and place.
 */
export type GraphNodeKind =
  | 'token'
  | 'position'
  | 'neuron'
  | 'head'
  | 'feature'
  | 'attention-feature'
  | 'bias'
  | 'error'
  | 'logit';

export interface GraphNode {
  /** Unique in its graph: `t4`, `p4`, `L2N118@4`, `L3H2@4`, `bias`, `L2error@4`, `logit262`. */
  readonly id: string;
  readonly kind: GraphNodeKind;
  /** Null for what lies below the first layer or above the last: tokens, positions, biases, logits. */
  readonly layer: number | null;
  /** Token index at which it stands; null for the bias, which is everywhere. */
  readonly position: number | null;
  /** The token's id, the neuron, the head or the feature within its layer; null where there is none. */
  readonly index: number | null;
  /** What its value edges add up to: an activation, a head's part of the metric, a logit; null where nothing goes in. */
  readonly value: number | null;
  /** How active it is; null for what has no activation. */
  readonly activation: number | null;
  /** Of the token; logits only. */
  readonly probability: number | null;
  /** What people call it. */
  readonly label: string;
}

/**
 * Direct effects, an edge from `sources[i]` to `targets[i]` (indices of nodes) of the signed weight `weights[i]`. Kept as
 * arrays since an uncapped graph has millions of them.
 */
export interface GraphEdges {
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

/** Why a head looks where it looks: what one node gives to a score of its. Outside the sums of the value edges. */
export interface ScoreEdge {
  /** Indices of nodes: who gives, and the head whose score it is. */
  readonly source: number;
  readonly head: number;
  /** Into which side of the score it goes. */
  readonly side: 'query' | 'key';
  /** Token index that is looked at; null where a graph made by others does not say. */
  readonly key: number | null;
  /** What it gives to the score before the softmax. */
  readonly score: number;
  /**
   * An estimate of how much the metric would fall, in logits, if the softmax were computed without it; null where there is
   * none.
   */
  readonly effect: number | null;
}

/**
 * Paths from the tokens to the output (Ameisen et al. 2025; on the basis of neurons, Transluce 2025). Without cycles. The
 * value edges into a node add up to its value.
 */
export interface AttributionGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: GraphEdges;
  readonly scoreEdges: readonly ScoreEdge[];
}

/** Nodes that are never left out: where everything enters, and what is explained. */
export function isEnd({ kind }: GraphNode): boolean {
  return kind === 'token' || kind === 'position' || kind === 'bias' || kind === 'logit';
}

/** Edges from a list, in its order. */
export function edgesOf(
  list: Iterable<{ readonly source: number; readonly target: number; readonly weight: number }>,
): GraphEdges {
  const all = [...list];
  return {
    sources: Int32Array.from(all, ({ source }) => source),
    targets: Int32Array.from(all, ({ target }) => target),
    weights: Float64Array.from(all, ({ weight }) => weight),
  };
}

/** What the value edges into each node add up to, by index. */
export function inputSums({ nodes, edges }: AttributionGraph): Float64Array {
  const sums = new Float64Array(nodes.length);
  edges.targets.forEach((target, edge) => {
    sums[target]! += edges.weights[edge]!;
  });
  return sums;
}
