// The groups that are offered in a circuit. Which tokens neurons promote is asked of the index where there is one.

import { partNameOf, signOfNode } from '../../core/circuitPanel';
import type { AttributionGraph } from '../../core/graph';
import type { GraphView } from '../../core/graphDocument';
import { groupsOf } from '../../core/graphGroups';
import { panelEvidenceOf } from '../../core/partIndex/panelEvidence';
import type { PartIndex } from '../partIndex';

/** Neurons that read and are read alike; of those only they that promote the same tokens, where an index knows that. */
export async function offeredGroups(
  graph: AttributionGraph,
  parts: PartIndex,
): Promise<GraphView['supernodes']> {
  const groups = groupsOf(graph);
  const candidates = new Set(groups.flatMap(({ nodes }) => nodes));
  const promoted = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    const part = candidates.has(node.id) ? partNameOf(node) : null;
    if (part === null) continue;
    const found = await parts.evidenceOf(part);
    // Without an index there is none for the others either.
    if (!found) return groups;
    const tokens = panelEvidenceOf(found, signOfNode(node)).promoted.map(({ text }) => text);
    if (tokens.length > 0) promoted.set(node.id, tokens);
  }
  return groupsOf(graph, ({ id }) => promoted.get(id) ?? null);
}
