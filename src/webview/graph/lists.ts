import type { AttributionGraph } from '../../core/graph';
import type { Drawn } from '../../core/picture/drawn';
import type { PictureNode } from '../../core/picture/picture';
import { nodeName } from '../../core/picture/words';

/** A row of a list of inputs or outputs. */
export interface Neighbour {
  /** Of the drawn node, or of a node of the graph that is not drawn; null for a sum. */
  readonly id: string | null;
  readonly name: string;
  readonly drawn: boolean;
  readonly weight: number;
  /** Of the magnitude of all that goes into the target, in [0, 1]. */
  readonly share: number | null;
  /** What the list is sorted and its bars are drawn by: outputs have different units, so influence for those. */
  readonly size: number;
  readonly note: string | null;
}

/** The edges of a whole graph by their nodes. */
export interface Inputs {
  readonly graph: AttributionGraph;
  readonly into: readonly (readonly number[])[];
  readonly from: readonly (readonly number[])[];
  /** Of the magnitudes of what goes in, by node. */
  readonly magnitudes: Float64Array;
  /** Of each edge. */
  readonly influence: Float64Array;
}

/** Finds every node's edges once, so that a card is made without a search. */
export function edgesByNode(graph: AttributionGraph, influence: Float64Array): Inputs {
  const into = graph.nodes.map((): number[] => []);
  const from = graph.nodes.map((): number[] => []);
  const magnitudes = new Float64Array(graph.nodes.length);
  graph.edges.weights.forEach((weight, edge) => {
    into[graph.edges.targets[edge]!]!.push(edge);
    from[graph.edges.sources[edge]!]!.push(edge);
    magnitudes[graph.edges.targets[edge]!]! += Math.abs(weight);
  });
  return { graph, into, from, magnitudes, influence };
}

/** All that goes into a drawn node, strongest first: parts by themselves, drawn or not, errors summed by layer. */
export function inputsOf(inputs: Inputs, drawn: Drawn, node: PictureNode): readonly Neighbour[] {
  return neighboursOf(inputs, drawn, node, 'into');
}

/** All that a drawn node gives to others, strongest first. */
export function outputsOf(inputs: Inputs, drawn: Drawn, node: PictureNode): readonly Neighbour[] {
  return neighboursOf(inputs, drawn, node, 'from');
}

function neighboursOf(
  { graph, into, from, magnitudes, influence }: Inputs,
  { picture, context }: Drawn,
  node: PictureNode,
  side: 'into' | 'from',
): readonly Neighbour[] {
  if (node.kind === 'rest') return restEdges(picture, node, context, side);
  const owners = new Map<number, PictureNode>();
  for (const each of picture.nodes)
    if (each.kind !== 'rest') for (const member of each.members) owners.set(member, each);
  const { sources, targets, weights } = graph.edges;
  const list = side === 'into' ? into : from;
  const far = side === 'into' ? sources : targets;
  const sums = new Map<string, Sum>();
  for (const member of node.members) {
    for (const edge of list[member]!) {
      const other = graph.nodes[far[edge]!]!;
      const owner = owners.get(far[edge]!);
      if (owner === node) continue;
      const isError = other.kind === 'error';
      const layer = other.layer === null ? 'the text' : `layer ${other.layer}`;
      const key = owner?.id ?? (isError ? `rest of ${layer}` : other.id);
      const name = isError ? `all else of ${layer}` : nodeName(owner ?? other, context);
      const id = isError ? null : (owner?.id ?? other.id);
      const sum = sums.get(key) ?? {
        weight: 0,
        magnitude: 0,
        influence: 0,
        id,
        name,
        drawn: owner !== undefined,
      };
      sum.weight += weights[edge]!;
      sum.influence += influence[edge]!;
      sum.magnitude += magnitudes[targets[edge]!]!;
      sums.set(key, sum);
    }
  }
  const whole = node.members.reduce((sum, member) => sum + magnitudes[member]!, 0);
  return [...sums.values()]
    .map(({ weight, magnitude, influence: passes, id, name, drawn }) => {
      const all = side === 'into' ? whole : magnitude;
      const share = all > 0 ? Math.min(1, Math.abs(weight) / all) : null;
      const note =
        side === 'into'
          ? 'Of the magnitude of all that goes in here'
          : 'Of the magnitude of all that goes in there';
      return { id, name, drawn, weight, share, note, size: side === 'into' ? Math.abs(weight) : passes };
    })
    .sort((a, b) => Number(a.id === null) - Number(b.id === null) || b.size - a.size);
}

interface Sum {
  weight: number;
  magnitude: number;
  influence: number;
  readonly id: string | null;
  readonly name: string;
  readonly drawn: boolean;
}

function restEdges(
  picture: Drawn['picture'],
  node: PictureNode,
  context: Drawn['context'],
  side: 'into' | 'from',
): readonly Neighbour[] {
  if (side === 'into') return [];
  const at = picture.nodes.indexOf(node);
  return picture.edges
    .filter(({ from }) => from === at)
    .map(({ to, weight }) => {
      const target = picture.nodes[to]!;
      const name = nodeName(target, context);
      return { id: target.id, name, drawn: true, weight, share: null, note: null, size: Math.abs(weight) };
    })
    .sort((a, b) => b.size - a.size);
}
