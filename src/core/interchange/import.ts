import { WhenceError } from '../errors';
import { type AttributionGraph, edgesOf, type ScoreEdge } from '../graph';
import type { GraphDocument, GraphView } from '../graphDocument';
import { countOf, type Fields, isFields, listOf, noGraph, numberOf, textOf } from './fields';
import { largestWeight, mostGraphBytes, mostGraphLinks, mostGraphNodes } from './format';
import { type ImportedNode, importNode } from './importNode';

/** A graph that was read, with what had to be left out of it, a sentence each. */
export interface ImportedGraph {
  readonly document: GraphDocument;
  readonly warnings: readonly string[];
  /** By id, the numbers under which those who made the graph keep what they know of its features. */
  readonly features: ReadonlyMap<string, number>;
}

/**
 * Reads a graph that circuit-tracer, Neuronpedia, a viewer of that family or Whence wrote. Nodes are told apart by type
 * and id together, since in circuit-tracer's files an error may have the id of a feature.
 *
 * @throws WhenceError `bad-input` for a file that is too large, no JSON, or no graph
 */
export function importGraph(text: string): ImportedGraph {
  if (text.length > mostGraphBytes)
    throw tooLarge(`${Math.ceil(text.length / 1e6)} MB`, `${mostGraphBytes / 1e6} MB`);
  const file = parse(text);
  const { metadata, nodes, links } = file;
  if (!isFields(metadata) || !Array.isArray(nodes) || !Array.isArray(links)) {
    throw noGraph('it has no metadata, nodes and links');
  }
  if (nodes.length > mostGraphNodes) throw tooLarge(`${nodes.length} nodes`, String(mostGraphNodes));
  if (links.length > mostGraphLinks) throw tooLarge(`${links.length} links`, String(mostGraphLinks));
  const version = countOf(metadata.schema_version) ?? 0;
  const names = new Names(nodes.map((node, at) => importNode(node, at, version)));
  const warnings: string[] = [];
  const graph: AttributionGraph = {
    nodes: names.nodes.map(({ node }) => node),
    edges: edgesOf(linksOf(links, names, warnings)),
    scoreEdges: scoresOf(nodes, names),
  };
  const whence = isFields(metadata.whence) ? metadata.whence : {};
  const document = {
    slug: textOf(metadata.slug) ?? 'graph',
    model: textOf(metadata.scan) ?? 'unknown model',
    prompt: textOf(metadata.prompt) === null ? '' : String(metadata.prompt),
    tokens: listOf(metadata.prompt_tokens).map((token) => textOf(token) ?? ''),
    neurons: countOf(whence.neurons) ?? 0,
    graph,
    view: viewOf(isFields(file.qParams) ? file.qParams : {}, names),
  };
  const features = new Map<string, number>();
  names.nodes.forEach(({ node: { id, kind } }, at) => {
    const number = countOf((nodes[at] as Fields).feature);
    if (number !== null && (kind === 'feature' || kind === 'attention-feature')) features.set(id, number);
  });
  return { document, warnings, features };
}

function parse(text: string): Fields {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new WhenceError(
      'bad-input',
      'This file is no attribution graph that can be opened: it is no JSON.',
      { cause },
    );
  }
  if (!isFields(file)) throw noGraph('it is no JSON object');
  return file;
}

/** The nodes by the names that links and views use. */
class Names {
  readonly nodes: readonly ImportedNode[];
  /** By node_id; several where the ids of a file collide, features before errors. */
  private readonly byId = new Map<string, number[]>();
  private readonly byViewerId = new Map<string, number[]>();

  constructor(imported: readonly ImportedNode[]) {
    const keys = new Set<string>();
    const ids = new Set<string>();
    this.nodes = imported.map((each, index) => {
      const { kind } = each.node;
      if (keys.has(`${kind} ${each.nodeId}`)) throw noGraph(`there are two nodes ${each.nodeId} of one type`);
      keys.add(`${kind} ${each.nodeId}`);
      collect(this.byId, each.nodeId, index);
      if (each.jsNodeId !== null) collect(this.byViewerId, each.jsNodeId, index);
      const id = ids.has(each.node.id) ? `${kind}:${each.node.id}` : each.node.id;
      if (ids.has(id)) throw noGraph(`there are two nodes ${id}`);
      ids.add(id);
      return { ...each, node: { ...each.node, id } };
    });
    const isError = (index: number) => Number(this.nodes[index]!.node.kind === 'error');
    for (const indices of this.byId.values()) indices.sort((a, b) => isError(a) - isError(b));
  }

  find(nodeId: unknown): readonly number[] {
    return typeof nodeId === 'string' ? (this.byId.get(nodeId) ?? []) : [];
  }

  /** The product's ids of what a view names by the id of a node or, in other viewers, of all nodes of a feature. */
  viewed(name: unknown): readonly string[] {
    if (typeof name !== 'string') return [];
    const own = this.byId.get(name)?.slice(0, 1);
    return (own ?? this.byViewerId.get(name) ?? []).map((index) => this.nodes[index]!.node.id);
  }
}

function collect(map: Map<string, number[]>, key: string, value: number): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

/**
 * Links by the places of their nodes. Where an id means a feature and an error, nothing leads to the error, and the
 * first of two equal links comes from the feature.
 */
function* linksOf(links: readonly unknown[], names: Names, warnings: string[]) {
  const seen = new Set<string>();
  let lost = 0;
  let doubtful = 0;
  for (const link of links) {
    const weight = isFields(link) ? numberOf(link.weight) : null;
    const from = isFields(link) ? names.find(link.source) : [];
    const to = isFields(link) ? names.find(link.target) : [];
    if (weight === null || Math.abs(weight) > largestWeight || from.length === 0 || to.length === 0) {
      lost += 1;
      continue;
    }
    let source = from[0]!;
    if (from.length > 1) {
      doubtful += 1;
      const key = `${source}>${to[0]}`;
      if (seen.has(key)) source = from[1]!;
      seen.add(key);
    }
    yield { source, target: to[0]!, weight };
  }
  if (lost > 0)
    warnings.push(
      `${lost} links were left out: they have no possible weight, or name a node that is not there.`,
    );
  if (doubtful > 0) {
    warnings.push(
      `${doubtful} links come from an id that a feature and an error share; which is meant was guessed.`,
    );
  }
}

function scoresOf(nodes: readonly unknown[], names: Names): ScoreEdge[] {
  return nodes.flatMap((fields, head): ScoreEdge[] => {
    const tracing =
      isFields(fields) && isFields(fields.qk_tracing_results) ? fields.qk_tracing_results : null;
    if (!tracing) return [];
    const own = listOf(tracing.whence).filter(isFields);
    if (own.length > 0) {
      return own.flatMap((edge) =>
        scoreEdge(names, head, edge.node, edge.score, edge.side === 'query' ? 'query' : 'key', edge),
      );
    }
    const side = (list: unknown, which: ScoreEdge['side']) =>
      listOf(list).flatMap((pair) =>
        Array.isArray(pair) ? scoreEdge(names, head, pair[0], pair[1], which, {}) : [],
      );
    return [
      ...side(tracing.top_q_marginal_contributors, 'query'),
      ...side(tracing.top_k_marginal_contributors, 'key'),
    ];
  });
}

function scoreEdge(
  names: Names,
  head: number,
  node: unknown,
  value: unknown,
  side: ScoreEdge['side'],
  { key, effect }: Fields,
): ScoreEdge[] {
  const source = names.find(node)[0];
  const score = numberOf(value);
  if (source === undefined || score === null) return [];
  return [{ source, head, side, key: countOf(key), score, effect: numberOf(effect) }];
}

function viewOf(fields: Fields, names: Names): GraphView {
  const { pinnedIds, supernodes, clerps, clickedId } = fields;
  const pinned =
    typeof pinnedIds === 'string' && !pinnedIds.startsWith('[') ? pinnedIds.split(',') : listOf(pinnedIds);
  const labels = listOf(clerps).flatMap((pair) => {
    const label = Array.isArray(pair) ? textOf(pair[1]) : null;
    return label === null ? [] : names.viewed((pair as unknown[])[0]).map((id) => [id, label] as const);
  });
  return {
    pinned: [...new Set(pinned.flatMap((name) => names.viewed(name)))],
    supernodes: listOf(supernodes).flatMap((group) => {
      const [label, ...members] = Array.isArray(group) ? (group as unknown[]) : [];
      if (typeof label !== 'string') return [];
      return [
        { label: textOf(label) ?? '', nodes: [...new Set(members.flatMap((name) => names.viewed(name)))] },
      ];
    }),
    labels: Object.fromEntries(labels),
    clicked: names.viewed(clickedId)[0] ?? null,
  };
}

function tooLarge(size: string, limit: string): WhenceError {
  return new WhenceError(
    'bad-input',
    `This graph has ${size} where ${limit} is the most that can be opened: prune it where it was made and open it again.`,
  );
}
