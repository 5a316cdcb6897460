import { type AttributionGraph, type GraphNode, type GraphNodeKind, isEnd, type ScoreEdge } from '../graph';
import type { GraphView } from '../graphDocument';
import type { Influence } from '../graphInfluence';
import type { Kept } from '../graphPrune';
import { Drawing, type Owner } from './drawing';
import { strongRests } from './rests';
import { shownOf, tellingScores } from './shown';

/**
 * `group`: nodes that a person put together. `layer`: a folded layer. `rest`: what is not drawn of a layer, summed up
 * at a token from which much comes, and for all others together.
 */
export type PictureKind = Exclude<GraphNodeKind, 'error'> | 'group' | 'layer' | 'rest';

/** What is drawn as one: a node of the graph or several of them. */
export interface PictureNode {
  /** The graph's own id; `group L3H2@4` by its first member, `layer 2`, `rest 2@4`, `rest 2`, `rest text`. */
  readonly id: string;
  readonly kind: PictureKind;
  readonly layer: number | null;
  /** Null for what is everywhere, and for a rest that is summed over all positions. */
  readonly position: number | null;
  /** Indices of the nodes of the graph that it stands for; of a rest those that are errors in the graph itself. */
  readonly members: readonly number[];
  /** Of the influence of everything drawn or not, the share that passes through it, in [0, 1]; 1 for what is explained. */
  readonly influence: number;
  readonly value: number | null;
  readonly activation: number | null;
  readonly probability: number | null;
  /** What a person called it, or its own name. */
  readonly label: string;
}

/** What a rest gives is drawn from this strength on. */
const drawnRest = 0.1;

/** Whether an edge is drawn always, or only with the nodes at its ends. */
export function isDrawn({ nodes }: Pick<Picture, 'nodes'>, { from, strength }: PictureEdge): boolean {
  const node = nodes[from]!;
  return node.kind !== 'rest' || (!isRemainder(node) && strength >= drawnRest);
}

/** Whether a node is but the sum of what is not drawn of a layer: its edges come with the node that is chosen. */
export function isRemainder({ kind, position }: Pick<PictureNode, 'kind' | 'position'>): boolean {
  return kind === 'rest' && position === null;
}

/** What a drawn node gives to another; indices of drawn nodes. */
export interface PictureEdge {
  readonly from: number;
  readonly to: number;
  /** In units of what it goes into: activation of a neuron, logits of a head or of the answer. */
  readonly weight: number;
  /** Relative to the strongest drawn edge, by influence, in [0, 1]. */
  readonly strength: number;
}

/** Why a drawn head looks where it looks. */
export interface PictureScore {
  readonly from: number;
  readonly to: number;
  readonly side: ScoreEdge['side'];
  readonly key: number | null;
  readonly score: number;
  /** An estimate of how much the metric would fall without it, in logits; null where there is none. */
  readonly effect: number | null;
  /** Whether it is drawn always, or only with the nodes at its ends. */
  readonly telling: boolean;
}

/** What is drawn of a graph. All edges into a node, those of the rest included, add up to its value. */
export interface Picture {
  readonly nodes: readonly PictureNode[];
  /** Strongest first, those of remainders among them. */
  readonly edges: readonly PictureEdge[];
  readonly scores: readonly PictureScore[];
  /** Neurons, heads and features that are drawn, in groups too. */
  readonly parts: number;
}

export interface PictureQuestion {
  readonly graph: AttributionGraph;
  readonly influence: Influence;
  readonly kept: Kept;
  readonly view: GraphView;
  /** Layers drawn as one node each. */
  readonly folded: readonly number[];
}

/** The id under which a group is drawn. */
export function groupId(members: readonly string[]): string {
  return `group ${members[0] ?? ''}`;
}

/** What is drawn of a graph at a step of the slider, with a person's pins, groups and folded layers. */
export function pictureOf(question: PictureQuestion): Picture {
  const { graph, influence, view } = question;
  const shown = shownOf(question);
  const owners = ownersOf(question, shown.nodes);
  const rests = strongRests(graph, influence, shown);
  const drawn = new Drawing(graph, influence.nodes, view, owners, rests);
  graph.nodes.forEach((_, index) => {
    if (shown.nodes[index]) drawn.placeOf(index);
  });
  const edges = edgesBetween(graph, influence, shown, drawn);
  const telling = tellingScores(graph, shown.nodes);
  const scores = graph.scoreEdges.flatMap((edge): PictureScore[] => {
    if (!shown.nodes[edge.source] || !shown.nodes[edge.head]) return [];
    const [from, to] = [drawn.placeOf(edge.source), drawn.placeOf(edge.head)];
    const { side, key, score, effect } = edge;
    return from === to ? [] : [{ from, to, side, key, score, effect, telling: telling.has(edge) }];
  });
  const isPart = (node: GraphNode) => !isEnd(node) && node.kind !== 'error';
  const parts = graph.nodes.filter((node, index) => shown.nodes[index] && isPart(node)).length;
  return { nodes: drawn.nodes(), edges, scores, parts };
}

/** Which group or folded layer a shown node is drawn in. */
function ownersOf(
  { graph, view, folded }: PictureQuestion,
  shown: readonly boolean[],
): ReadonlyMap<number, Owner> {
  const owners = new Map<number, Owner>();
  const groups = new Map(
    view.supernodes.flatMap(({ label, nodes }) =>
      nodes.map((id) => [id, { id: groupId(nodes), kind: 'group' as const, label }] as const),
    ),
  );
  graph.nodes.forEach((node, index) => {
    if (!shown[index]) return;
    const group = groups.get(node.id);
    if (group) owners.set(index, group);
    else if (node.layer !== null && folded.includes(node.layer) && !isEnd(node)) {
      owners.set(index, { id: `layer ${node.layer}`, kind: 'layer', label: `layer ${node.layer}` });
    }
  });
  return owners;
}

function edgesBetween(
  { nodes, edges }: AttributionGraph,
  influence: Influence,
  shown: Kept,
  drawn: Drawing,
): readonly PictureEdge[] {
  /** More drawn nodes than any picture has: two places make one key. */
  const span = 2 ** 24;
  const sums = new Map<number, { from: number; to: number; weight: number; strength: number }>();
  edges.weights.forEach((weight, edge) => {
    const [source, target] = [edges.sources[edge]!, edges.targets[edge]!];
    if (!shown.nodes[target]) return;
    const constant = nodes[source]!.kind === 'bias' && shown.nodes[source]!;
    const to = drawn.placeOf(target);
    const from = shown.edges[edge] || constant ? drawn.placeOf(source) : drawn.restOf(source);
    if (from === to) return;
    const sum = sums.get(from * span + to) ?? { from, to, weight: 0, strength: 0 };
    sum.weight += weight;
    sum.strength += influence.edges[edge]!;
    sums.set(from * span + to, sum);
  });
  const all = [...sums.values()].sort((a, b) => b.strength - a.strength);
  const strongest = all.find(({ from }) => !drawn.isRemainder(from))?.strength || 1;
  return all.map((edge) => ({ ...edge, strength: Math.min(1, edge.strength / strongest) }));
}
