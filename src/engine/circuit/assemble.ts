import type { AttributionGraph, GraphEdges, GraphNode } from '../../core/graph';
import { errorOf } from '../../core/graphPrune';
import { headName, neuronName } from '../../core/model';
import { quoted } from '../../core/quoted';
import type { Expanded, Frontier } from './frontier';
import type { Operating } from './operating';
import type { LogitTarget } from './targets';

type TextOf = (id: number) => string;

export interface Assembled {
  readonly graph: AttributionGraph;
  /** By its number in the basis, the place of a node in the graph. */
  readonly numbers: ReadonlyMap<number, number>;
}

/**
 * The graph of what was traced. Its nodes are the logits, the parts whose inputs are known and the ends; everything else
 * that gives something goes into the error of its layer and place.
 */
export function assemble(
  at: Operating,
  frontier: Frontier,
  targets: readonly LogitTarget[],
  textOf: TextOf,
): Assembled {
  const nodes: GraphNode[] = [];
  const places = new Map<string, number>();
  const place = (node: GraphNode): number => {
    const known = places.get(node.id) ?? nodes.push(node) - 1;
    places.set(node.id, known);
    return known;
  };
  const named = new Map<number, number>();
  const errors = new Map<number, number>();
  const numbered = (id: number): number => {
    const known = named.get(id) ?? place(nodeOf(at, id, frontier.parts.get(id), textOf));
    named.set(id, known);
    return known;
  };
  const errorIn = (where: number): number => {
    const known = errors.get(where) ?? place(errorAt(at, where));
    errors.set(where, known);
    return known;
  };
  const rows: Row[] = [];
  // Of most numbers nothing but their place is asked: there are a hundred times as many as nodes.
  const sums = new Float64Array(at.basis.places);
  const isNode = new Uint8Array(at.basis.size);
  for (const id of frontier.parts.keys()) isNode[id] = 1;
  const enter = ({ inputs }: Expanded, target: number) => {
    const [sources, weights]: [number[], number[]] = [[], []];
    const { sources: ids, weights: amounts } = inputs;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const where = isNode[id] === 1 ? null : at.basis.placeOf(id);
      if (where !== null) sums[where]! += amounts[i]!;
      else {
        sources.push(numbered(id));
        weights.push(amounts[i]!);
      }
    }
    inputs.rest?.forEach((sum, where) => {
      sums[where]! += sum;
    });
    sums.forEach((sum, where) => {
      if (sum === 0) return;
      sources.push(errorIn(where));
      weights.push(sum);
    });
    sums.fill(0);
    rows.push({ target, sources, weights });
  };
  for (const [id, part] of frontier.parts) enter(part, numbered(id));
  frontier.logits.forEach((logit, index) => {
    enter(logit, place(logitNode(targets[index]!, at.trace.query, textOf)));
  });
  return { graph: { nodes, edges: edgesFrom(rows), scoreEdges: [] }, numbers: named };
}

interface Row {
  readonly target: number;
  readonly sources: readonly number[];
  readonly weights: readonly number[];
}

/** An uncapped graph has too many edges for an object each. */
function edgesFrom(rows: readonly Row[]): GraphEdges {
  const count = rows.reduce((total, { sources }) => total + sources.length, 0);
  const edges = {
    sources: new Int32Array(count),
    targets: new Int32Array(count),
    weights: new Float64Array(count),
  };
  let at = 0;
  for (const { target, sources, weights } of rows) {
    edges.sources.set(sources, at);
    edges.weights.set(weights, at);
    edges.targets.fill(target, at, at + sources.length);
    at += sources.length;
  }
  return edges;
}

function errorAt({ basis }: Operating, where: number): GraphNode {
  const [layer, position] = [Math.floor(where / basis.length), where % basis.length];
  return errorOf({ kind: 'neuron', id: '', label: '', layer, position });
}

const plain = { layer: null, index: null, value: null, activation: null, probability: null };

function nodeOf(at: Operating, id: number, expanded: Expanded | undefined, textOf: TextOf): GraphNode {
  const { basis, trace } = at;
  const node = basis.nodeOf(id);
  if (node.kind === 'bias') return { ...plain, id: 'bias', kind: 'bias', position: null, label: 'biases' };
  const { position } = node;
  const token = trace.ids[position]!;
  if (node.kind === 'token') {
    const label = textOf(token);
    return { ...plain, id: `t${position}`, kind: 'token', position, index: token, label };
  }
  if (node.kind === 'position') {
    return { ...plain, id: `p${position}`, kind: 'position', position, label: `position ${position}` };
  }
  const { kind, layer, index } = node;
  if (kind === 'head') {
    const label = headName(layer, index);
    const value = expanded ? expanded.value : null;
    return { ...plain, id: `${label}@${position}`, kind, layer, position, index, value, label };
  }
  const label = neuronName(layer, index);
  const place = position * basis.neurons + index;
  const value = at.neuronValues[layer]!.data[place]!;
  const activation = at.activations[layer]!.data[place]!;
  return { ...plain, id: `${label}@${position}`, kind, layer, position, index, value, activation, label };
}

function logitNode(target: LogitTarget, position: number, textOf: TextOf): GraphNode {
  const { id, contrast, probability, value } = target;
  const text = (token: number) => quoted(textOf(token));
  const label = contrast === null ? text(id) : `${text(id)} rather than ${text(contrast)}`;
  return { ...plain, id: `logit${id}`, kind: 'logit', position, index: id, value, probability, label };
}
