import type { AttributionGraph, GraphNode } from './graph';
import type { GraphView } from './graphDocument';
import { influenceOf } from './graphInfluence';

/** Cosine of the weights of two neurons, those that go in and those that go out, from which they count as alike. */
const leastAlike = 0.7;
/** The share of the tokens promoted by either that both promote, where it is known what they promote. */
const leastShared = 0.2;
/** Groups that are offered: those with the most influence. */
const mostGroups = 20;
/** Neurons that are compared, at one place and in all: those with the most influence. Each two of a place are. */
const mostAtPlace = 200;
const mostCompared = 2000;

type Weights = ReadonlyMap<number, number>;

interface Candidate {
  readonly index: number;
  readonly inputs: Weights;
  readonly outputs: Weights;
  /** Lengths of both. */
  readonly sizes: readonly [number, number];
  readonly promoted: ReadonlySet<string> | null;
}

/**
 * Groups of neurons that do the same at the same place, to be offered as supernodes. Neurons of one layer at one position
 * belong together when each two of them read alike (cosine of the edges into them), are read alike (cosine of the edges
 * from them), both at least 0.7, and, where it is known which tokens they promote, share a fifth of those. The most alike
 * join first. Edges from errors are left out: nobody knows what they stand for. Cosines have a sign, so neurons that push
 * against each other are never one. Where there are very many neurons, only the most influential are compared.
 *
 * @param promotedBy the tokens that a neuron promotes most; null where nobody knows
 */
export function groupsOf(
  graph: AttributionGraph,
  promotedBy: (node: GraphNode) => readonly string[] | null = () => null,
): GraphView['supernodes'] {
  const influence = influenceOf(graph).nodes;
  const found: { readonly members: readonly Candidate[]; readonly influence: number }[] = [];
  for (const place of candidatesByPlace(graph, influence, promotedBy)) {
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
  influence: ArrayLike<number>,
  promotedBy: (node: GraphNode) => readonly string[] | null,
): Iterable<readonly Candidate[]> {
  const places = new Map<string, number[]>();
  const strongest = [...nodes.keys()]
    .filter((index) => nodes[index]!.kind === 'neuron' || nodes[index]!.kind === 'feature')
    .sort((a, b) => influence[b]! - influence[a]!);
  for (const index of strongest.slice(0, mostCompared)) {
    const { layer, position } = nodes[index]!;
    const place = places.get(`${layer} ${position}`);
    if (!place) places.set(`${layer} ${position}`, [index]);
    else if (place.length < mostAtPlace) place.push(index);
  }
  const compared = [...places.values()].flat();
  const inputs = new Map(compared.map((index) => [index, new Map<number, number>()]));
  const outputs = new Map(compared.map((index) => [index, new Map<number, number>()]));
  edges.weights.forEach((weight, edge) => {
    const [source, target] = [edges.sources[edge]!, edges.targets[edge]!];
    if (nodes[source]!.kind === 'error') return;
    inputs.get(target)?.set(source, weight);
    outputs.get(source)?.set(target, weight);
  });
  const candidateOf = (index: number): Candidate => {
    const promoted = promotedBy(nodes[index]!);
    const [own, given] = [inputs.get(index)!, outputs.get(index)!];
    const sizes = [sizeOf(own), sizeOf(given)] as const;
    return { index, inputs: own, outputs: given, sizes, promoted: promoted && new Set(promoted) };
  };
  return [...places.values()].map((place) => place.sort((a, b) => a - b).map(candidateOf));
}

/** Joins what is most alike, as long as each two of a group are alike. */
function joined(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const count = candidates.length;
  const pairs: { readonly a: number; readonly b: number; readonly alike: number }[] = [];
  const isAlike = new Uint8Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const alike = likeness(candidates[a]!, candidates[b]!);
      if (alike < leastAlike) continue;
      isAlike[a * count + b] = isAlike[b * count + a] = 1;
      pairs.push({ a, b, alike });
    }
  }
  const groups = candidates.map((_, at): readonly number[] => [at]);
  for (const { a, b } of pairs.sort((x, y) => y.alike - x.alike)) {
    const [left, right] = [groups[a]!, groups[b]!];
    if (left === right || !left.every((one) => right.every((other) => isAlike[one * count + other])))
      continue;
    const both = [...left, ...right].sort((x, y) => x - y);
    for (const member of both) groups[member] = both;
  }
  return [...new Set(groups)].map((members) => members.map((at) => candidates[at]!));
}

/** The smaller of both cosines; 0 for neurons that promote other tokens. */
function likeness(a: Candidate, b: Candidate): number {
  if (a.promoted && b.promoted && sharedOf(a.promoted, b.promoted) < leastShared) return 0;
  const read = along(a.inputs, b.inputs) / (a.sizes[0] * b.sizes[0] || 1);
  return read < leastAlike ? 0 : Math.min(read, along(a.outputs, b.outputs) / (a.sizes[1] * b.sizes[1] || 1));
}

function sharedOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((token) => b.has(token)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

function along(a: Weights, b: Weights): number {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [node, weight] of few) sum += weight * (many.get(node) ?? 0);
  return sum;
}

function sizeOf(weights: Weights): number {
  let squares = 0;
  for (const weight of weights.values()) squares += weight * weight;
  return Math.sqrt(squares);
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
