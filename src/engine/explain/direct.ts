import type { Component, Source } from '../../core/explanation';
import { headName, mlpName } from '../../core/model';
import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { biasesOf, biasFactor } from './biases';
import { dot } from './dot';
import {
  blockHooks,
  embedHook,
  hookOf,
  layersOf,
  positionHook,
  postNormsOf,
  type Trace,
  targetsOf,
  writersOf,
} from './trace';

/** One head's part: what it added to the metric, and from which tokens it brought it. Of a span, the sums. */
export interface HeadAttribution {
  readonly layer: number;
  readonly head: number;
  readonly direct: number;
  /** By source position 0 … query; sums to `direct`. */
  readonly bySource: Float64Array;
  /** Attention weights from the predicting position, 0 … query; of a span, the mean over its predicting positions. */
  readonly attention: Float64Array;
}

/** A metric of the next token's logits taken apart, every part in logits. */
export interface Attribution {
  readonly components: readonly Component[];
  readonly sources: readonly Source[];
  /** What no source token carries: MLPs and biases. Summed on its own, so that the identity with the total is a test. */
  readonly remainder: number;
  readonly heads: readonly HeadAttribution[];
  /** What the heads brought from each token, without the last token's own embedding. */
  readonly fetched: readonly Source[];
  /** The same, and what the MLPs wrote, for each predicted token by itself. */
  readonly byToken: readonly TokenShare[];
}

/** What one predicted token's part of the metric consists of. */
export interface TokenShare {
  readonly fetched: readonly Source[];
  readonly mlp: number;
}

/**
 * Direct logit attribution (Elhage et al. 2021; the frozen norm after nostalgebraist 2020): with the last norm's scale
 * held where it is, the metric is linear in what embedding, heads and MLPs wrote into the predicting position's stream.
 * Each part's value times the metric's gradient there is its share. A head's share is again a sum over the tokens it
 * read: pattern[query, k] · (v_k · gradient of its z).
 *
 * @param weights the metric as weights over the logits, [queries, V]
 */
export async function attributeDirectly(
  model: Model,
  trace: Trace,
  weights: Float32Array,
  signal?: AbortSignal,
): Promise<Attribution> {
  const { embeddings, mlps } = writersOf(model);
  const layers = layersOf(model);
  const biases = await biasesOf(model);
  // Direct paths do not leave the predicting positions, so those run alone; only norms of what the parts wrote would
  // miss the others, and their scales are given.
  const { queries } = trace;
  const rows = queries.map((_, row) => row);
  const targets = targetsOf(trace, weights);
  const gradients = await model.backward({
    residuals: trace.residuals.map((residual) => picked(residual, queries)),
    targets: targets.map((target, position) => ({ ...target, position })),
    joined: true,
    linearisation: 'direct',
    values: new Map(
      [...postNormsOf(model).values()].map((hook) => [hook, picked(hookOf(trace.hooks, hook), queries)]),
    ),
    hooks: [...new Set([...embeddings, ...mlps, ...layers.map(blockHooks.z), ...biases.written.keys()])],
    signal,
  });
  const gradientAt = (hook: string, row: number) => rowOf(hookOf(gradients, hook), row);
  const written = (hook: string, row: number) =>
    dot(rowOf(hookOf(trace.hooks, hook), queries[row]!), gradientAt(hook, row));
  const constant = (hook: string, row: number) => {
    const bias = biases.written.get(hook);
    if (!bias) return 0;
    return biasFactor(bias, trace.hooks, queries[row]!) * dot(bias.values, gradientAt(hook, row));
  };

  const heads = layers.flatMap((layer) => headsOf(trace, hookOf(gradients, blockHooks.z(layer)), layer));
  const mlpsOf = (row: number) => mlps.map((hook) => written(hook, row) - constant(hook, row));
  const byRow = rows.map((row) => ({
    own: embeddings.map((hook) => written(hook, row)),
    mlps: mlpsOf(row),
    constants: [
      ...[...biases.written.keys()].map((hook) => constant(hook, row)),
      ...(biases.logits ? [dot(biases.logits, targets[row]!.weights)] : []),
    ],
    fetched: fetchedBy(heads, row, trace.query),
  }));
  const over = (pick: (row: (typeof byRow)[number]) => number) => sum(byRow.map(pick));

  const own = embeddings.map((hook, at) =>
    component(
      embeddingNames[hook] ?? hook,
      over((row) => row.own[at]!),
    ),
  );
  const carried = mlps.map((_, layer) =>
    component(
      mlpName(layer),
      over((row) => row.mlps[layer]!),
    ),
  );
  const constants = byRow[0]!.constants.length > 0;
  if (constants)
    carried.push(
      component(
        'bias',
        over((row) => sum(row.constants)),
      ),
    );

  const fetched = summed(byRow.map((row) => row.fetched));
  const scores = fetched.slice();
  for (const row of rows) scores[queries[row]!]! += sum(byRow[row]!.own);
  const joined = heads.map(joinRows);

  return {
    components: [
      ...own,
      ...joined.map(({ layer, head, direct }) => component(headName(layer, head), direct)),
      ...carried,
    ],
    sources: indexed(scores),
    fetched: indexed(fetched),
    byToken: byRow.map((row) => ({ fetched: indexed(row.fetched), mlp: sum(row.mlps) })),
    remainder: sum(carried.map(({ direct }) => direct)),
    heads: joined,
  };
}

const embeddingNames: Readonly<Record<string, string>> = { [embedHook]: 'embed', [positionHook]: 'pos' };

/** A head's part in each predicted token. */
interface HeadRows {
  readonly layer: number;
  readonly head: number;
  readonly rows: readonly Pick<HeadAttribution, 'direct' | 'bySource' | 'attention'>[];
}

/** The heads of one layer, from the gradient of their outputs at the predicting positions. Value heads may be fewer than heads: each then serves a group of neighbours. */
function headsOf(trace: Trace, gradient: Tensor, layer: number): HeadRows[] {
  const z = hookOf(trace.hooks, blockHooks.z(layer));
  const values = hookOf(trace.hooks, blockHooks.value(layer));
  const pattern = hookOf(trace.hooks, blockHooks.pattern(layer));
  const [, length, count, size] = z.dims as [number, number, number, number];
  const groups = values.dims[2]!;
  return Array.from({ length: count }, (_, head) => {
    const group = Math.floor((head * groups) / count);
    const rows = trace.queries.map((query, row) => {
      const at = (query * count + head) * size;
      const cotangent = gradient.data.subarray((row * count + head) * size).subarray(0, size);
      const looks = pattern.data.subarray((head * length + query) * length).subarray(0, query + 1);
      const bySource = new Float64Array(looks.length);
      for (let k = 0; k < looks.length; k++) {
        bySource[k] = looks[k]! * dot(values.data, cotangent, (k * groups + group) * size);
      }
      const direct = dot(z.data, cotangent, at);
      return { direct, bySource, attention: Float64Array.from(looks) };
    });
    return { layer, head, rows };
  });
}

/** A head's parts in the tokens of a span together; its attention is their mean. */
function joinRows({ layer, head, rows }: HeadRows): HeadAttribution {
  const attention = summed(rows.map((row) => row.attention)).map((weight) => weight / rows.length);
  const bySource = summed(rows.map((row) => row.bySource));
  return { layer, head, direct: sum(rows.map(({ direct }) => direct)), bySource, attention };
}

function fetchedBy(heads: readonly HeadRows[], row: number, query: number): Float64Array {
  return summed([new Float64Array(query + 1), ...heads.map(({ rows }) => rows[row]!.bySource)]);
}

/** Elementwise; as long as the longest. */
function summed(parts: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(Math.max(...parts.map(({ length }) => length)));
  for (const part of parts) for (let k = 0; k < part.length; k++) total[k]! += part[k]!;
  return total;
}

function indexed(scores: Float64Array): Source[] {
  return Array.from(scores, (score, index) => ({ index, score }));
}

function component(name: string, direct: number): Component {
  return { name, direct, total: null };
}

/** A [1, S, …] tensor with some positions alone. */
function picked({ dims, data }: Tensor, positions: readonly number[]): Tensor {
  const size = data.length / dims[1]!;
  const rows = new Float32Array(positions.length * size);
  for (const [row, position] of positions.entries())
    rows.set(data.subarray(position * size, (position + 1) * size), row * size);
  return { dims: [1, positions.length, ...dims.slice(2)], data: rows };
}

/** Position `index` of a [1, S, …] tensor. */
function rowOf({ dims, data }: Tensor, index: number): Float32Array {
  const width = data.length / dims[1]!;
  return data.subarray(index * width, (index + 1) * width);
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
