import type { AttributionGraph } from '../../core/graph';
import { emptyView, type GraphDocument } from '../../core/graphDocument';
import { defaultThresholds, type Kept, keptOf, pruned } from '../../core/graphPrune';
import type { Model } from '../model';
import type { Circuit, CircuitQuestion } from './trace';

/**
 * A traced circuit as what is kept in a file. The weakest edges, which hold 2% of the influence between them, are given
 * to the errors of their layers and places: most of the size, and little of what is said.
 */
export function documentOf(
  model: Model,
  { trace, targets }: Pick<CircuitQuestion, 'trace' | 'targets'>,
  { graph, neurons }: Pick<Circuit, 'graph' | 'neurons'>,
): GraphDocument {
  const texts = trace.ids.map((id) => model.tokenizer.textOf(id));
  const words = `${model.info.id} ${model.tokenizer.textOf(targets[0]!.id)}`;
  const slug = words.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return {
    slug: slug || 'graph',
    model: model.info.id,
    prompt: model.tokenizer.decode(trace.ids),
    tokens: texts,
    neurons,
    graph: pruned(
      graph,
      withScoreSources(graph, keptOf(graph, { nodes: 1, edges: defaultThresholds.edges })),
    ),
    view: emptyView,
  };
}

/** Keeps what no influence reaches but what brings a kept head to look where it looks, with what goes into it. */
function withScoreSources({ nodes, edges, scoreEdges }: AttributionGraph, kept: Kept): Kept {
  const sources = new Set(
    scoreEdges
      .filter(({ head, source }) => kept.nodes[head] && !kept.nodes[source])
      .map(({ source }) => source),
  );
  const keptNodes = nodes.map((_, node) => kept.nodes[node]! || sources.has(node));
  const keptEdges = kept.edges.map(
    (is, edge) => is || (sources.has(edges.targets[edge]!) && keptNodes[edges.sources[edge]!]!),
  );
  return { nodes: keptNodes, edges: keptEdges };
}
