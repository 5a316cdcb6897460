import { isRemainder, type Picture } from './picture';

/** What lights up with a node: indices of nodes, and of edges and score edges in the picture's lists. */
export interface Lit {
  readonly nodes: ReadonlySet<number>;
  readonly edges: ReadonlySet<number>;
  readonly scores: ReadonlySet<number>;
}

/** Beyond a node's own edges a path goes on along edges of at least this share of the strongest one there. */
const pathShare = 0.5;

/** The edges of every node, by the node they go into and the one they leave. */
export interface Ends {
  readonly into: readonly (readonly number[])[];
  readonly from: readonly (readonly number[])[];
}

/** Indices of edges by node, strongest first as the picture has them. */
export function endsOf({ nodes, edges }: Pick<Picture, 'nodes' | 'edges'>): Ends {
  const into = nodes.map((): number[] => []);
  const from = nodes.map((): number[] => []);
  edges.forEach((edge, index) => {
    into[edge.to]!.push(index);
    from[edge.from]!.push(index);
  });
  return { into, from };
}

/**
 * The paths through some nodes: all that each reads and gives, and from there on, down to the text and up to the answer,
 * the strong edges only. With every edge the paths through any node of a real circuit would be the whole of it.
 */
export function pathsThrough(picture: Picture, ends: Ends, starts: Iterable<number>): Lit {
  const nodes = new Set<number>();
  const edges = new Set<number>();
  const scores = new Set<number>();
  const first = [...starts];
  for (const [list, far] of [
    [ends.into, 'from'],
    [ends.from, 'to'],
  ] as const) {
    const seen = new Set<number>(first);
    const open = [...first];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      nodes.add(at);
      const own = first.includes(at);
      const inner = list[at]!.filter(
        (edge) => own || !isRemainder(picture.nodes[picture.edges[edge]![far]]!),
      );
      const least = own ? 0 : pathShare * (picture.edges[inner[0] ?? -1]?.strength ?? 0);
      for (const edge of inner) {
        if (picture.edges[edge]!.strength < least) break;
        edges.add(edge);
        const next = picture.edges[edge]![far];
        if (!seen.has(next)) open.push(next);
        seen.add(next);
      }
    }
  }
  picture.scores.forEach(({ from, to }, index) => {
    if (!first.includes(from) && !first.includes(to)) return;
    scores.add(index);
    nodes.add(from);
    nodes.add(to);
  });
  return { nodes, edges, scores };
}
