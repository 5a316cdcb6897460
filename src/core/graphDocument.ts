import type { AttributionGraph, GraphNode } from './graph';

/** What a person made of a graph. Nodes go by their ids. */
export interface GraphView {
  readonly pinned: readonly string[];
  readonly supernodes: readonly { readonly label: string; readonly nodes: readonly string[] }[];
  /** Names that people gave to nodes, in place of the nodes' own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly clicked: string | null;
}

export const emptyView: GraphView = { pinned: [], supernodes: [], labels: {}, clicked: null };

/** A graph with what it is of and what a person made of it: what is kept in a file. */
export interface GraphDocument {
  /** Short name: letters, digits and hyphens. */
  readonly slug: string;
  /** What people call the model. */
  readonly model: string;
  readonly prompt: string;
  /** The texts of the tokens, by index. */
  readonly tokens: readonly string[];
  /** Neurons of a layer, after which heads are numbered for viewers that know one kind of part; 0 where unknown. */
  readonly neurons: number;
  readonly graph: AttributionGraph;
  readonly view: GraphView;
}

/** What people see as a node's name. */
export function labelOf({ labels }: GraphView, { id, label }: Pick<GraphNode, 'id' | 'label'>): string {
  return Object.hasOwn(labels, id) ? labels[id]! : label;
}
