import type { GraphNodeKind } from '../graph';

/**
 * Attribution graphs as circuit-tracer, Neuronpedia and Anthropic's viewer write and read them. Names are the format's;
 * `whence` holds what it has no place for, and other readers pass over it.
 */
export interface GraphFile {
  readonly metadata: GraphFileMetadata;
  readonly qParams: GraphFileView;
  readonly nodes: readonly GraphFileNode[];
  readonly links: readonly GraphFileLink[];
}

export interface GraphFileMetadata {
  readonly slug: string;
  readonly scan: string;
  readonly prompt: string;
  readonly prompt_tokens: readonly string[];
  readonly transcoder_list: readonly string[];
  /** Where the viewers' slider for nodes begins. */
  readonly node_threshold: number;
  /** 1: `feature` is layer and index paired. */
  readonly schema_version: 1;
  readonly info: {
    readonly description: string;
    readonly generator: { readonly name: string; readonly version: string };
  };
  readonly generation_settings: { readonly max_feature_nodes: number };
  readonly replacement_score: number;
  readonly completeness_score: number;
  readonly whence: { readonly version: 1; readonly neurons: number };
}

export interface GraphFileView {
  readonly pinnedIds: readonly string[];
  /** Each a label and then the ids of its nodes. */
  readonly supernodes: readonly (readonly string[])[];
  readonly linkType: 'both';
  readonly clickedId: string;
  readonly sg_pos: string;
  /** Ids of nodes with the names people gave them. */
  readonly clerps: readonly (readonly [string, string])[];
}

export interface GraphFileNode {
  readonly node_id: string;
  readonly feature: number | null;
  readonly layer: string;
  readonly ctx_idx: number;
  readonly feature_type: string;
  readonly jsNodeId: string;
  readonly clerp: string;
  readonly token_prob: number;
  readonly is_target_logit: boolean;
  readonly run_idx: 0;
  readonly reverse_ctx_idx: 0;
  /** Cumulative: the share of all influence that this node and all stronger ones have. */
  readonly influence: number | null;
  readonly activation: number | null;
  readonly qk_tracing_results?: QkTracing;
  readonly whence: {
    readonly id: string;
    readonly kind: GraphNodeKind;
    readonly layer: number | null;
    readonly position: number | null;
    readonly index: number | null;
    readonly value: number | null;
    readonly probability: number | null;
    readonly label: string;
  };
}

/** Who brings a head to look where it looks: pairs of nodes on both sides, and each side for itself. */
export interface QkTracing {
  readonly pair_wise_contributors: readonly (readonly [string, string, number])[];
  readonly top_q_marginal_contributors: readonly (readonly [string, number])[];
  readonly top_k_marginal_contributors: readonly (readonly [string, number])[];
  readonly whence?: readonly {
    readonly node: string;
    readonly side: 'query' | 'key';
    readonly key: number | null;
    readonly score: number;
    readonly effect: number | null;
  }[];
}

export interface GraphFileLink {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
}

/** Larger files are not opened: they hold more than any viewer draws, and need many times their size in memory. */
export const mostGraphBytes = 100e6;
export const mostGraphNodes = 200_000;
export const mostGraphLinks = 3_000_000;
/** No direct effect is so large; sums of larger ones are no numbers. */
export const largestWeight = 1e30;
