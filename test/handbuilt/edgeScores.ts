import assert from 'node:assert/strict';
import type { PartEdge } from '../../src/core/edges';
import type { AttributionGraph, GraphNode } from '../../src/core/graph';
import { headName, type ModelInfo, mlpName } from '../../src/core/model';

/** Scores of edges between parts, by name: `L0H0>L1H0.k`. */
export type EdgeScores = ReadonlyMap<string, number>;

/**
 * The share of pairs of a right and a wrong item in which the right one has the larger score, by magnitude; a tie is
 * half. Every right item must have a score, if only zero.
 *
 * @param aside what counts as neither
 */
export function auroc(
  scores: ReadonlyMap<string, number>,
  right: readonly string[],
  aside: readonly string[] = [],
): number {
  const missing = right.filter((name) => !scores.has(name));
  assert.deepEqual(missing, [], 'right ones that are not among the items');
  const sizes = (wanted: boolean) =>
    [...scores]
      .filter(([name]) => !aside.includes(name) && right.includes(name) === wanted)
      .map(([, score]) => Math.abs(score));
  const [hits, misses] = [sizes(true), sizes(false)];
  const won = hits.flatMap((hit) => misses.map((miss): number => (hit > miss ? 1 : hit === miss ? 0.5 : 0)));
  return won.reduce((sum, win) => sum + win, 0) / won.length;
}

/** Scored edges by name. */
export function byName(edges: readonly PartEdge[]): EdgeScores {
  return new Map(edges.map(({ source, target, score }) => [`${source}>${target}`, score]));
}

/**
 * A traced graph's edges between parts, over all positions and neurons: value edges into the values of heads, into MLPs
 * and logits, score edges into queries and keys, by the sum of their magnitudes. Every edge that the model could have has
 * an entry, zero where the graph has none; biases and errors are no parts.
 *
 * @param positions whether the model has learned positions
 */
export function edgesByPart(
  { nodes, edges, scoreEdges }: AttributionGraph,
  info: Pick<ModelInfo, 'layers' | 'heads' | 'hasMlp'>,
  positions: boolean,
): EdgeScores {
  const sums = new Map(possibleEdges(info, positions).map((name): [string, number] => [name, 0]));
  const add = (source: number, target: string | null, size: number) => {
    const from = writerOf(nodes[source]!);
    const name = `${from}>${target}`;
    if (from === null || target === null) return;
    assert.ok(sums.has(name), `the model has no edge ${name}`);
    sums.set(name, sums.get(name)! + Math.abs(size));
  };
  edges.weights.forEach((weight, edge) => {
    add(edges.sources[edge]!, readerOf(nodes[edges.targets[edge]!]!), weight);
  });
  for (const { source, head, side, score } of scoreEdges) {
    const { layer, index } = nodes[head]!;
    add(source, `${headName(layer!, index!)}.${side === 'query' ? 'q' : 'k'}`, score);
  }
  return sums;
}

/** Every edge between parts: of a sequential model, whose MLPs read what their layer's heads wrote. */
function possibleEdges(
  { layers, heads, hasMlp }: Pick<ModelInfo, 'layers' | 'heads' | 'hasMlp'>,
  positions: boolean,
): string[] {
  const writers = ['embed', ...(positions ? ['pos'] : [])];
  const found: string[] = [];
  const into = (reader: string) => found.push(...writers.map((writer) => `${writer}>${reader}`));
  for (let layer = 0; layer < layers; layer++) {
    const names = Array.from({ length: heads }, (_, head) => headName(layer, head));
    for (const name of names) for (const part of ['q', 'k', 'v']) into(`${name}.${part}`);
    writers.push(...names);
    if (!hasMlp) continue;
    into(mlpName(layer));
    writers.push(mlpName(layer));
  }
  into('logits');
  return found;
}

function writerOf({ kind, layer, index }: GraphNode): string | null {
  if (kind === 'token') return 'embed';
  if (kind === 'position') return 'pos';
  if (kind === 'head') return headName(layer!, index!);
  return kind === 'neuron' ? mlpName(layer!) : null;
}

function readerOf({ kind, layer, index }: GraphNode): string | null {
  if (kind === 'logit') return 'logits';
  if (kind === 'head') return `${headName(layer!, index!)}.v`;
  return kind === 'neuron' ? mlpName(layer!) : null;
}
