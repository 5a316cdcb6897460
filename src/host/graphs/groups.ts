// The groups that are offered in a circuit. Which tokens neurons promote is asked of the index where there is one.

import { partNameOf } from '../../core/circuitPanel';
import type { AttributionGraph } from '../../core/graph';
import type { GraphView } from '../../core/graphDocument';
import { groupsOf } from '../../core/graphGroups';
import type { PartIndex } from '../partIndex';

/** Neurons that read and are read alike; of those only they that promote the same tokens, where an index knows that. */
export async function offeredGroups(
  graph: AttributionGraph,
  parts: PartIndex | null,
): Promise<GraphView['supernodes']> {
  const candidates = new Set(groupsOf(graph).flatMap(({ nodes }) => nodes));
  if (!parts) return groupsOf(graph);
  const promoted = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    const part = candidates.has(node.id) ? partNameOf(node) : null;
    if (part === null || promoted.has(part)) continue;
    const found = await parts.evidenceOf(part);
    // Without an index there is none for the others either.
    if (!found) break;
    if (found.part.kind !== 'neuron') continue;
    const side = found.part.sides.find(({ sign }) => sign === Math.sign(node.activation ?? 1));
    if (side)
      promoted.set(
        part,
        side.promotes.map(({ text }) => text),
      );
  }
  return groupsOf(graph, (node) => promoted.get(partNameOf(node) ?? '') ?? null);
}
