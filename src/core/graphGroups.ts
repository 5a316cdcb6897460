import type { AttributionGraph, GraphNode } from './graph';
import type { GraphView } from './graphDocument';
import { influenceOf } from './graphInfluence';

/** Cosine of the weights of two neurons, those that go in and those that go out, from which they count as alike. */
const leastAlike = 0.7;
/** The share of the tokens promoted by either that both promote, where it is known what they promote. */
const leastShared = 0.2;
/** Groups that are offered: those with the most influence. */
const mostGroups = 20;

type Weights = ReadonlyMap<number, number>;

interface Candidate {
  readonly index: number;
  readonly inputs: Weights;
  readonly outputs: Weights;
  readonly promoted: ReadonlySet<string> | null;
}

/**
 * Groups of neurons that do the same at the same place, to be offered as supernodes. Neurons of one layer at one position
 * belong together when each two of them read alike (cosine of the edges into them), are read alike (cosine of the edges
 * from them), both at least 0.7, and, where it is known which tokens they promote, share a fifth of those. The most alike
 * join first. Edges from errors are left out: nobody knows what they stand for. Cosines have a sign, so neurons that push
 * against each other are never one.
 *
 * @param promotedBy the tokens that a neuron promotes most; null where nobody knows
 */
export function groupsOf(
  graph: AttributionGraph,
  promotedBy: (node: GraphNode) => readonly string[] | null = () => null,
): GraphView['supernodes'] {
  const influence = influenceOf(graph).nodes;
  const found: { readonly members: readonly Candidate[]; readonly influence: number }[] = [];
  for (const place of candidatesByPlace(graph, promotedBy)) {
    for (const members of joined(place)) {
      if (members.length < 2) continue;
      found.push({ members, influence: members.reduce((sum, { index }) => sum + influence[index]!, 0) });
    }
  }
  return found
    .sort((a, b) => b.influence - a.influence)
    .slice(0, mostGroups)
    .map(({ members }) => ({
      label: nameOf(graph, members),
      nodes: members.map(({ index }) => graph.nodes[index]!.id),
    }));
}

function candidatesByPlace(
  { nodes, edges }: AttributionGraph,
  promotedBy: (node: GraphNode) => readonly string[] | null,
): Iterable<readonly Candidate[]> {
  const inputs = nodes.map(() => new Map<number, number>());
  const outputs = nodes.map(() => new Map<number, number>());
  edges.weights.forEach((weight, edge) => {
    const [source, target] = [edges.sources[edge]!, edges.targets[edge]!];
    if (nodes[source]!.kind === 'error') return;
    inputs[target]!.set(source, weight);
    outputs[source]!.set(target, weight);
  });
  const places = new Map<string, Candidate[]>();
  nodes.forEach((node, index) => {
    if (node.kind !== 'neuron' && node.kind !== 'feature') return;
    const promoted = promotedBy(node);
    const place = `${node.layer} ${node.position}`;
    const candidate = {
      index,
      inputs: inputs[index]!,
      outputs: outputs[index]!,
      promoted: promoted && new Set(promoted),
    };
    places.set(place, [...(places.get(place) ?? []), candidate]);
  });
  return places.values();
}

/** Joins what is most alike, as long as each two of a group are alike. */
function joined(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const pairs: { readonly a: Candidate; readonly b: Candidate; readonly alike: number }[] = [];
  const alikeOf = new Map<string, number>();
  candidates.forEach((a, i) => {
    for (const b of candidates.slice(i + 1)) {
      const alike = likeness(a, b);
      alikeOf.set(`${a.index} ${b.index}`, alike);
      if (alike >= leastAlike) pairs.push({ a, b, alike });
    }
  });
  const alike = (a: Candidate, b: Candidate) =>
    alikeOf.get(a.index < b.index ? `${a.index} ${b.index}` : `${b.index} ${a.index}`)! >= leastAlike;
  const groups = new Map<Candidate, readonly Candidate[]>(candidates.map((each) => [each, [each]]));
  for (const { a, b } of pairs.sort((x, y) => y.alike - x.alike)) {
    const [left, right] = [groups.get(a)!, groups.get(b)!];
    if (left === right || !left.every((one) => right.every((other) => alike(one, other)))) continue;
    const both = [...left, ...right].sort((x, y) => x.index - y.index);
    for (const member of both) groups.set(member, both);
  }
  return [...new Set(groups.values())];
}

/** The smaller of both cosines; 0 for neurons that promote other tokens. */
function likeness(a: Candidate, b: Candidate): number {
  if (a.promoted && b.promoted && sharedOf(a.promoted, b.promoted) < leastShared) return 0;
  return Math.min(cosine(a.inputs, b.inputs), cosine(a.outputs, b.outputs));
}

function sharedOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((token) => b.has(token)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

function cosine(a: Weights, b: Weights): number {
  let along = 0;
  for (const [node, weight] of a) along += weight * (b.get(node) ?? 0);
  const size = (weights: Weights) => Math.hypot(...weights.values());
  const sizes = size(a) * size(b);
  return sizes === 0 ? 0 : along / sizes;
}

/** The tokens that all promote, else where they stand. */
function nameOf({ nodes }: AttributionGraph, members: readonly Candidate[]): string {
  const [first, ...others] = members;
  const shared = [...(first!.promoted ?? [])].filter((token) =>
    others.every(({ promoted }) => promoted?.has(token)),
  );
  const { layer, kind } = nodes[first!.index]!;
  const what = `${members.length} ${kind}s of layer ${layer}`;
  if (shared.length === 0) return what;
  return `${what}: promote ${shared
    .slice(0, 3)
    .map((token) => JSON.stringify(token))
    .join(', ')}`;
}
