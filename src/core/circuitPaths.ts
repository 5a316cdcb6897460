import type { Circuit } from './circuit';

/** Ids of the nodes and edges that lie on some path through a node. */
export interface PathSet {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

/** All paths through any of the given nodes: everything they read from, and everything that reads from them. */
export function pathsThrough(circuit: Circuit, ids: Iterable<string>): PathSet {
  const nodes = new Set<string>();
  const edges = new Set<string>();
  for (const [near, far] of [
    ['to', 'from'],
    ['from', 'to'],
  ] as const) {
    const ends = new Map<string, typeof circuit.edges>();
    for (const edge of circuit.edges) ends.set(edge[near], [...(ends.get(edge[near]) ?? []), edge]);
    const seen = new Set<string>();
    const open = [...ids];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      nodes.add(id);
      for (const edge of ends.get(id) ?? []) {
        edges.add(edge.id);
        open.push(edge[far]);
      }
    }
  }
  return { nodes, edges };
}
