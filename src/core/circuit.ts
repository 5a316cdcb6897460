import type { Explanation, Source } from './explanation';
import { type Part, partOf } from './parts';

export type CircuitNodeKind = 'token' | 'others' | 'head' | 'mlp' | 'pos' | 'bias' | 'rest' | 'output';

/** A place in the drawing: a token of the context, a part of the model at a position, or the answer. */
export interface CircuitNode {
  /** `t4`, `L3H1`, `L3MLP`, `pos`, `bias`; `others` and `rest` stand for all that is not drawn by itself; `output`. */
  readonly id: string;
  readonly kind: CircuitNodeKind;
  /** Token index at which it stands. */
  readonly position: number;
  /** Null for what stands below the first layer (tokens) or above the last (the output). */
  readonly layer: number | null;
  readonly head: number | null;
  /** What passes through it to the output, in logits; the metric itself for the output. */
  readonly value: number;
  /** How many parts it stands for: 1, but for `rest`. */
  readonly count: number;
}

/** What one node gives to another, in logits of the answer. All edges into a node add up to its value. */
export interface CircuitEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly value: number;
}

/** The value paths to one token. Edges into `output` add up to `total`; those into a drawn head, to the head's value. */
export interface Circuit {
  readonly nodes: readonly CircuitNode[];
  readonly edges: readonly CircuitEdge[];
  /** Σ of all direct contributions, drawn or summed up, in logits. */
  readonly total: number;
  /** Parts drawn by themselves, and how many there are. */
  readonly drawn: number;
  readonly parts: number;
  /** In [0, 1]: the share of the effect (Σ of magnitudes) that is drawn part by part. */
  readonly kept: number;
}

/** The most parts and the most edges from tokens that are drawn by themselves; the others are summed up. */
const mostParts = 250;
const mostReads = 2500;

interface Read extends Source {
  readonly head: string;
}

/**
 * The circuit of an explanation by direct effects: token → head by what the head read there, head → output, MLP →
 * output, embedding → output (design: residual stream decomposition of Elhage et al. 2021). `keep` in [0, 1] is the
 * share of the effect, by magnitude, that is drawn by itself, strongest first, and `pinned` names parts that are drawn in
 * any case; the remainder goes into one `rest` node and one `others` node for tokens, so that the sums stay whole.
 */
export function circuitOf(
  explanation: Explanation,
  keep: number,
  pinned: ReadonlySet<string> = new Set(),
): Circuit {
  const last = explanation.target.index - 1;
  const components = [...explanation.components].sort((a, b) => Math.abs(b.direct) - Math.abs(a.direct));
  const kept = new Set(strongest(components, (component) => component.direct, keep, mostParts));
  const shown = components.filter((component) => kept.has(component) || pinned.has(component.name));
  const hidden = components.filter((component) => !shown.includes(component));
  const total = sum(components.map((component) => component.direct));
  const magnitude = sum(components.map((component) => Math.abs(component.direct)));

  const nodes: CircuitNode[] = [];
  const edges: CircuitEdge[] = [];
  const connect = (from: string, to: string, value: number) => {
    edges.push({ id: `${from}>${to}`, from, to, value });
  };

  const heads: { readonly name: string; readonly direct: number }[] = [];
  for (const component of shown) {
    const part = partOf(component.name);
    if (part?.kind === 'embed') connect(tokenId(last), 'output', component.direct);
    else {
      nodes.push(partNode(component.name, part, last, component.direct));
      connect(component.name, 'output', component.direct);
      if (part?.kind === 'head') heads.push(component);
    }
  }
  if (hidden.length > 0) {
    const value = sum(hidden.map((component) => component.direct));
    nodes.push({
      id: 'rest',
      kind: 'rest',
      position: last,
      layer: null,
      head: null,
      value,
      count: hidden.length,
    });
    connect('rest', 'output', value);
  }

  readTokens(explanation, heads, keep, last, connect);
  nodes.push(...tokenNodes(edges, last));
  nodes.push({
    id: 'output',
    kind: 'output',
    position: last,
    layer: null,
    head: null,
    value: total,
    count: 1,
  });

  const drawnMagnitude = sum(shown.map((component) => Math.abs(component.direct)));
  return {
    nodes,
    edges,
    total,
    drawn: shown.length,
    parts: components.length,
    kept: magnitude > 0 ? drawnMagnitude / magnitude : 1,
  };
}

/** Edges token → head: the strongest of all heads' together; what is left of each head comes from `others`. */
function readTokens(
  explanation: Explanation,
  heads: readonly { readonly name: string; readonly direct: number }[],
  keep: number,
  last: number,
  connect: (from: string, to: string, value: number) => void,
): void {
  const traces = new Map(explanation.heads.map((trace) => [`L${trace.layer}H${trace.head}`, trace]));
  const reads: Read[] = heads
    .flatMap(({ name }) => (traces.get(name)?.bySource ?? []).map((source) => ({ ...source, head: name })))
    .filter((read) => read.index <= last)
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  const shown = strongest(reads, (read) => read.score, keep, mostReads);
  for (const read of shown) connect(tokenId(read.index), read.head, read.score);
  for (const { name, direct } of heads) {
    const named = sum(shown.filter((read) => read.head === name).map((read) => read.score));
    const left = direct - named;
    if (Math.abs(left) > 1e-9) connect('others', name, left);
  }
}

/** The tokens that edges leave from, and `others` for what the heads read elsewhere. */
function tokenNodes(edges: readonly CircuitEdge[], last: number): readonly CircuitNode[] {
  const values = new Map<string, number>();
  for (const { from, value } of edges) {
    if (from === 'others' || /^t\d+$/.test(from)) values.set(from, (values.get(from) ?? 0) + value);
  }
  return [...values].map(([id, value]) => {
    const common = { id, layer: null, head: null, value, count: 1 };
    return id === 'others'
      ? { ...common, kind: 'others', position: last }
      : { ...common, kind: 'token', position: Number(id.slice(1)) };
  });
}

function partNode(name: string, part: Part | null, position: number, value: number): CircuitNode {
  const common = { id: name, position, value, count: 1 };
  if (part?.kind === 'head') return { ...common, kind: 'head', layer: part.layer, head: part.head };
  if (part?.kind === 'mlp') return { ...common, kind: 'mlp', layer: part.layer, head: null };
  return { ...common, kind: part?.kind === 'pos' ? 'pos' : 'bias', layer: null, head: null };
}

/** The shortest beginning of a list, sorted by magnitude, that holds `keep` of the sum of magnitudes; never empty. */
function strongest<T>(
  sorted: readonly T[],
  value: (item: T) => number,
  keep: number,
  most: number,
): readonly T[] {
  const wanted = keep * sum(sorted.map((item) => Math.abs(value(item))));
  let reached = 0;
  let count = 0;
  while (count < sorted.length && count < most && (count === 0 || (keep >= 1 ? true : reached < wanted))) {
    reached += Math.abs(value(sorted[count]!));
    count += 1;
  }
  return sorted.slice(0, count);
}

/** The id of a token's node. */
function tokenId(index: number): string {
  return `t${index}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
