import type { GraphNode, GraphNodeKind } from '../graph';
import { type GraphDocument, labelOf } from '../graphDocument';
import { cumulativeInfluence, influenceOf } from '../graphInfluence';
import { defaultThresholds } from '../graphPrune';
import { quoted } from '../quoted';
import { pair } from './cantor';
import type { GraphFile, GraphFileNode, QkTracing } from './format';

const generator = 'Whence';

/**
 * A graph as a file for the field's viewers. Neurons and heads go as features, which is what the viewers draw, heads
 * numbered after the neurons. Ids are unique, unlike those of circuit-tracer, where an error may be called like a feature.
 *
 * @param version of Whence
 */
export function exportGraph(document: GraphDocument, version: string): GraphFile {
  const { graph, view } = document;
  const influence = influenceOf(graph);
  const cumulative = cumulativeInfluence(influence.nodes);
  const names = namesOf(document);
  const nameOf = (id: string) => names.get(id)?.node_id;
  const named = (ids: readonly string[]) => ids.flatMap((id) => nameOf(id) ?? []);
  const firstLogit = graph.nodes.find(({ kind }) => kind === 'logit');
  const nodes = graph.nodes.map(
    (node, index): GraphFileNode => ({
      ...names.get(node.id)!,
      clerp: clerpOf(node, labelOf(view, node)),
      token_prob: node.probability ?? 0,
      is_target_logit: node === firstLogit,
      run_idx: 0,
      reverse_ctx_idx: 0,
      influence: node.kind === 'logit' ? null : cumulative[index]!,
      activation: node.activation,
      ...scoresOf(document, index, (of) => names.get(graph.nodes[of]!.id)!.node_id),
      whence: {
        id: node.id,
        kind: node.kind,
        layer: node.layer,
        position: node.position,
        index: node.index,
        value: node.value,
        probability: node.probability,
        label: node.label,
      },
    }),
  );
  return {
    metadata: {
      slug: document.slug,
      scan: document.model,
      prompt: document.prompt,
      prompt_tokens: document.tokens,
      transcoder_list: [],
      node_threshold: defaultThresholds.nodes,
      schema_version: 1,
      info: {
        description:
          'Attribution graph on the basis of the model’s own neurons and heads; weights are direct effects.',
        generator: { name: generator, version },
      },
      generation_settings: {
        max_feature_nodes: graph.nodes.filter(({ kind }) => kind === 'neuron' || kind === 'head').length,
      },
      replacement_score: influence.replacement,
      completeness_score: influence.completeness,
      whence: { version: 1, neurons: document.neurons },
    },
    qParams: {
      pinnedIds: named(view.pinned),
      supernodes: view.supernodes.map(({ label, nodes: members }) => [label, ...named(members)]),
      linkType: 'both',
      clickedId: (view.clicked !== null && nameOf(view.clicked)) || '',
      sg_pos: '',
      clerps: Object.entries(view.labels).flatMap(([id, label]) => {
        const name = nameOf(id);
        return name === undefined ? [] : [[name, label] as const];
      }),
    },
    nodes,
    links: Array.from(graph.edges.weights, (weight, edge) => ({
      source: nodes[graph.edges.sources[edge]!]!.node_id,
      target: nodes[graph.edges.targets[edge]!]!.node_id,
      weight,
    })),
  };
}

type Names = Pick<GraphFileNode, 'node_id' | 'jsNodeId' | 'feature' | 'layer' | 'ctx_idx' | 'feature_type'>;

const featureTypes: Readonly<Record<GraphNodeKind, string>> = {
  token: 'embedding',
  position: 'embedding',
  neuron: 'cross layer transcoder',
  head: 'cross layer transcoder',
  feature: 'cross layer transcoder',
  'attention-feature': 'lorsa',
  bias: 'bias',
  error: 'mlp reconstruction error',
  logit: 'logit',
};

/** What the format calls each node, by its id. */
function namesOf({ graph, neurons, tokens }: GraphDocument): ReadonlyMap<string, Names> {
  const top = Math.max(0, ...graph.nodes.map(({ layer }) => layer ?? 0));
  // Viewers find no layers at all where the highest one is 0.
  const shift = top === 0 ? 1 : 0;
  const last = Math.max(0, tokens.length - 1);
  const taken = new Set<string>();
  const named = new Map<string, Names>();
  for (const node of graph.nodes) {
    const feature_type = featureTypes[node.kind];
    const ctx_idx = node.position ?? last;
    const layer =
      node.kind === 'logit'
        ? String(top + shift + 2)
        : node.layer === null
          ? 'E'
          : String(node.layer + shift);
    const { part, feature } = partOf(node, neurons, shift);
    let unique = part;
    for (let copy = 2; taken.has(`${layer}_${unique}_${ctx_idx}`); copy++) unique = `${part}-${copy}`;
    const node_id = `${layer}_${unique}_${ctx_idx}`;
    taken.add(node_id);
    const ends = node.kind === 'token' || node.kind === 'position' || node.kind === 'logit';
    const jsNodeId = `${node.kind === 'logit' ? 'L' : layer}_${unique}-${ends ? ctx_idx : 0}`;
    named.set(node.id, { node_id, feature, layer, ctx_idx, feature_type, jsNodeId });
  }
  return named;
}

/** The middle of a node's id, and its feature number. */
function partOf(
  { kind, layer, index, position }: GraphNode,
  neurons: number,
  shift: number,
): { readonly part: string; readonly feature: number | null } {
  switch (kind) {
    case 'token':
      return { part: String(index ?? 'token'), feature: position };
    case 'position':
      return { part: 'place', feature: position };
    case 'logit':
      return { part: String(index ?? 0), feature: index };
    case 'error':
      return { part: 'error', feature: -1 };
    case 'bias':
      return { part: 'bias', feature: null };
    default: {
      const number = (index ?? 0) + (kind === 'head' ? neurons : 0);
      const part = kind === 'attention-feature' ? `lor_${number}` : String(number);
      return { part, feature: pair((layer ?? 0) + shift, number) };
    }
  }
}

/** Viewers read a logit's token between the first quotes of its label, and its probability after the first `(p=`. */
function clerpOf({ kind, label, probability }: GraphNode, name: string): string {
  if (kind === 'token' && name === label) return `Emb: ${quoted(name)}`;
  if (kind !== 'logit') return name;
  const shown = /(["'])[\s\S]*\1/.test(name) ? name : quoted(name);
  return `Output ${shown.replaceAll('(p=', '( p=')} (p=${(probability ?? 0).toFixed(3)})`;
}

function scoresOf(
  { graph }: GraphDocument,
  head: number,
  nameOf: (node: number) => string,
): { readonly qk_tracing_results?: QkTracing } {
  const edges = graph.scoreEdges.filter((edge) => edge.head === head);
  if (edges.length === 0) return {};
  const side = (which: 'query' | 'key') =>
    edges
      .filter((edge) => edge.side === which)
      .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
      .map(({ source, score }) => [nameOf(source), score] as const);
  return {
    qk_tracing_results: {
      pair_wise_contributors: [],
      top_q_marginal_contributors: side('query'),
      top_k_marginal_contributors: side('key'),
      whence: edges.map(({ source, side: where, key, score, effect }) => ({
        node: nameOf(source),
        side: where,
        key,
        score,
        effect,
      })),
    },
  };
}
