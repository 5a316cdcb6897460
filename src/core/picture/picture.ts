import { type AttributionGraph, type GraphNode, type GraphNodeKind, isEnd, type ScoreEdge } from '../graph';
import { type GraphView, labelOf } from '../graphDocument';
import type { Influence } from '../graphInfluence';
import type { Kept } from '../graphPrune';
import { shownOf } from './shown';

/** `group`: nodes that a person put together. `layer`: a folded layer. `rest`: what is not drawn of a layer, summed up. */
export type PictureKind = Exclude<GraphNodeKind, 'error'> | 'group' | 'layer' | 'rest';

/** What is drawn as one: a node of the graph or several of them. */
export interface PictureNode {
  /** The graph's own id; `group L3H2@4` by its first member, `layer 2`, `rest 2`, `rest text`. */
  readonly id: string;
  readonly kind: PictureKind;
  readonly layer: number | null;
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
  /** How much the metric would fall without it, in logits; null where nobody measured. */
  readonly effect: number | null;
}

/** What is drawn of a graph. All edges into a node, those of the rest included, add up to its value. */
export interface Picture {
  readonly nodes: readonly PictureNode[];
  /** Strongest first. Those from a rest come with the node they go into, when it is chosen. */
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
  const whole = influence.nodes.reduce((sum, value) => sum + value, 0) || 1;
  const owners = ownersOf(question, shown.nodes);
  const drawn = new Drawn(graph, influence, whole, view, owners);
  graph.nodes.forEach((_, index) => {
    if (shown.nodes[index]) drawn.placeOf(index);
  });
  const edges = edgesBetween(graph, influence, shown, drawn);
  const scores = graph.scoreEdges.flatMap((edge): PictureScore[] => {
    if (!shown.nodes[edge.source] || !shown.nodes[edge.head]) return [];
    const [from, to] = [drawn.placeOf(edge.source), drawn.placeOf(edge.head)];
    const { side, key, score, effect } = edge;
    return from === to ? [] : [{ from, to, side, key, score, effect }];
  });
  const isPart = (node: GraphNode) => !isEnd(node) && node.kind !== 'error';
  const parts = graph.nodes.filter((node, index) => shown.nodes[index] && isPart(node)).length;
  return { nodes: drawn.nodes(), edges, scores, parts };
}

/** Which group or folded layer a shown node is drawn in. */
function ownersOf(
  { graph, view, folded }: PictureQuestion,
  shown: readonly boolean[],
): ReadonlyMap<number, { readonly id: string; readonly kind: 'group' | 'layer'; readonly label: string }> {
  const owners = new Map<number, { id: string; kind: 'group' | 'layer'; label: string }>();
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

/** The drawn nodes as they come to be, by the nodes of the graph. */
class Drawn {
  readonly #ids = new Map<string, number>();
  readonly #members: number[][] = [];
  readonly #kinds: ('own' | 'group' | 'layer' | 'rest')[] = [];
  readonly #places: Int32Array;

  constructor(
    private readonly graph: AttributionGraph,
    private readonly influence: Influence,
    private readonly whole: number,
    private readonly view: GraphView,
    private readonly owners: ReturnType<typeof ownersOf>,
  ) {
    this.#places = new Int32Array(graph.nodes.length).fill(-1);
  }

  /** Where a shown node is drawn. */
  placeOf(index: number): number {
    const known = this.#places[index]!;
    if (known >= 0) return known;
    const owner = this.owners.get(index);
    const place = this.#at(owner?.id ?? this.graph.nodes[index]!.id, owner?.kind ?? 'own');
    this.#members[place]!.push(index);
    this.#places[index] = place;
    return place;
  }

  /** Where that is drawn which is not shown of a node's layer. */
  restOf(index: number): number {
    const { layer, kind } = this.graph.nodes[index]!;
    const place = this.#at(layer === null ? 'rest text' : `rest ${layer}`, 'rest');
    if (kind === 'error' && this.#places[index] !== place) {
      this.#members[place]!.push(index);
      this.#places[index] = place;
    }
    return place;
  }

  isRest(place: number): boolean {
    return this.#kinds[place] === 'rest';
  }

  nodes(): readonly PictureNode[] {
    return [...this.#ids].map(([id, place]) => this.#node(id, this.#kinds[place]!, this.#members[place]!));
  }

  #at(id: string, kind: 'own' | 'group' | 'layer' | 'rest'): number {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const place = this.#ids.size;
    this.#ids.set(id, place);
    this.#members.push([]);
    this.#kinds.push(kind);
    return place;
  }

  #node(id: string, kind: 'own' | 'group' | 'layer' | 'rest', members: readonly number[]): PictureNode {
    const nodes = members.map((index) => this.graph.nodes[index]!);
    const influence = members.reduce((sum, index) => sum + this.influence.nodes[index]!, 0) / this.whole;
    const nothing = { value: null, activation: null, probability: null };
    if (kind === 'own') {
      const { layer, position, value, activation, probability, kind: own } = nodes[0]!;
      const label = labelOf(this.view, nodes[0]!);
      const share = own === 'logit' ? 1 : influence;
      const drawnAs = own === 'error' ? 'rest' : own;
      return {
        id,
        kind: drawnAs,
        layer,
        position,
        members,
        influence: share,
        value,
        activation,
        probability,
        label,
      };
    }
    if (kind === 'rest') {
      const layer = id === 'rest text' ? null : Number(id.slice('rest '.length));
      const label = layer === null ? 'rest of the text' : `rest of layer ${layer}`;
      return { id, kind, layer, position: null, members, influence, ...nothing, label };
    }
    const highest = nodes.reduce((top, node) => ((node.layer ?? -1) > (top.layer ?? -1) ? node : top));
    const label = this.owners.get(members[0]!)!.label;
    return {
      id,
      kind,
      layer: highest.layer,
      position: highest.position,
      members,
      influence,
      ...nothing,
      label,
    };
  }
}

function edgesBetween(
  { nodes, edges }: AttributionGraph,
  influence: Influence,
  shown: Kept,
  drawn: Drawn,
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
  const strongest = all.find(({ from }) => !drawn.isRest(from))?.strength || 1;
  return all.map((edge) => ({ ...edge, strength: Math.min(1, edge.strength / strongest) }));
}
