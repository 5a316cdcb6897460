import type { Component, Source } from '../../core/explanation';
import { headName, mlpName } from '../../core/model';
import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { biasesOf, biasFactor } from './biases';
import {
  blockHooks,
  embedHook,
  hookOf,
  layersOf,
  positionHook,
  postNormsOf,
  type Trace,
  writersOf,
} from './trace';

/** One head's part: what it added to the metric, and from which tokens it brought it. */
export interface HeadAttribution {
  readonly layer: number;
  readonly head: number;
  readonly direct: number;
  /** By source position 0 … query; sums to `direct`. */
  readonly bySource: Float64Array;
  /** Attention weights from the predicting position, 0 … query. */
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
}

/**
 * Direct logit attribution (Elhage et al. 2021; the frozen norm after nostalgebraist 2020): with the last norm's scale
 * held where it is, the metric is linear in what embedding, heads and MLPs wrote into the predicting position's stream.
 * Each part's value times the metric's gradient there is its share. A head's share is again a sum over the tokens it
 * read: pattern[query, k] · (v_k · gradient of its z).
 *
 * @param weights the metric as weights over the logits, [V]
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
  // Direct paths do not leave the predicting position, so it runs alone; only norms of what the parts wrote would miss
  // the others, and their scales are given.
  const gradients = await model.backward({
    residuals: trace.residuals.map((residual) => alone(residual, trace.query)),
    targets: [{ position: 0, weights }],
    linearisation: 'direct',
    values: new Map(
      [...postNormsOf(model).values()].map((hook) => [hook, alone(hookOf(trace.hooks, hook), trace.query)]),
    ),
    hooks: [...new Set([...embeddings, ...mlps, ...layers.map(blockHooks.z), ...biases.written.keys()])],
    signal,
  });
  const gradientAt = (hook: string) => hookOf(gradients, hook).data;
  const written = (hook: string) => dot(rowOf(hookOf(trace.hooks, hook), trace.query), gradientAt(hook));
  const constant = (hook: string) => {
    const bias = biases.written.get(hook);
    if (!bias) return 0;
    return biasFactor(bias, trace.hooks, trace.query) * dot(bias.values, gradientAt(hook));
  };

  const own = embeddings.map((hook) => component(embeddingNames[hook] ?? hook, written(hook)));
  const heads = layers.flatMap((layer) => headsOf(trace, hookOf(gradients, blockHooks.z(layer)), layer));
  const carried = mlps.map((hook, layer) => component(mlpName(layer), written(hook) - constant(hook)));
  const constants = [...biases.written.keys()].map(constant);
  if (biases.logits) constants.push(dot(biases.logits, weights));
  if (constants.length > 0) carried.push(component('bias', sum(constants)));

  const fetched = new Float64Array(trace.query + 1);
  for (const head of heads) for (let k = 0; k <= trace.query; k++) fetched[k]! += head.bySource[k]!;
  const scores = fetched.slice();
  scores[trace.query]! += sum(own.map(({ direct }) => direct));

  return {
    components: [
      ...own,
      ...heads.map(({ layer, head, direct }) => component(headName(layer, head), direct)),
      ...carried,
    ],
    sources: Array.from(scores, (score, index) => ({ index, score })),
    fetched: Array.from(fetched, (score, index) => ({ index, score })),
    remainder: sum(carried.map(({ direct }) => direct)),
    heads,
  };
}

const embeddingNames: Readonly<Record<string, string>> = { [embedHook]: 'embed', [positionHook]: 'pos' };

/** The heads of one layer, from the gradient of their outputs at the predicting position. Value heads may be fewer than heads: each then serves a group of neighbours. */
function headsOf(trace: Trace, gradient: Tensor, layer: number): HeadAttribution[] {
  const z = hookOf(trace.hooks, blockHooks.z(layer));
  const values = hookOf(trace.hooks, blockHooks.value(layer));
  const pattern = hookOf(trace.hooks, blockHooks.pattern(layer));
  const [, length, count, size] = z.dims as [number, number, number, number];
  const groups = values.dims[2]!;
  return Array.from({ length: count }, (_, head) => {
    const at = (trace.query * count + head) * size;
    const cotangent = gradient.data.subarray(head * size, (head + 1) * size);
    const looks = pattern.data.subarray((head * length + trace.query) * length).subarray(0, trace.query + 1);
    const group = Math.floor((head * groups) / count);
    const bySource = Float64Array.from(looks, (weight, k) => {
      const start = (k * groups + group) * size;
      return weight * dot(values.data.subarray(start, start + size), cotangent);
    });
    const direct = dot(z.data.subarray(at, at + size), cotangent);
    return { layer, head, direct, bySource, attention: Float64Array.from(looks) };
  });
}

function component(name: string, direct: number): Component {
  return { name, direct, total: null };
}

/** A [1, S, …] tensor with the position `index` alone. */
function alone({ dims, data }: Tensor, index: number): Tensor {
  const size = data.length / dims[1]!;
  return { dims: [1, 1, ...dims.slice(2)], data: data.slice(index * size, (index + 1) * size) };
}

/** Position `index` of a [1, S, D] tensor. */
function rowOf(tensor: Tensor, index: number): Float32Array {
  const width = tensor.dims[2]!;
  return tensor.data.subarray(index * width, (index + 1) * width);
}

/** In float64, whatever the inputs are. */
function dot(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
