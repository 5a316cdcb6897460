import { WhenceError } from '../../core/errors';
import type { BackwardRequest, Model } from '../model';
import type { Tensor } from '../tensor';
import { rowsIn } from './metric';

/** What one forward of the context left behind: the values that every explanation of its next token, or of a span's, reads. */
export interface Trace {
  readonly ids: readonly number[];
  /** The predicting position: the last of the context. */
  readonly query: number;
  /** The predicting positions of a span's tokens, of which `query` is the last; of one token that alone. */
  readonly queries: readonly number[];
  /** The logits at those positions, [queries, V]. */
  readonly logits: Float32Array;
  /** `hook_resid_pre` of every block, then `hook_resid_post` of the last: each [1, S, D]. */
  readonly residuals: readonly Tensor[];
  readonly hooks: ReadonlyMap<string, Tensor>;
}

/** The hooks of one block that a trace holds. */
export const blockHooks = {
  input: (layer: number) => `blocks.${layer}.hook_resid_pre`,
  output: (layer: number) => `blocks.${layer}.hook_resid_post`,
  pattern: (layer: number) => `blocks.${layer}.attn.hook_pattern`,
  value: (layer: number) => `blocks.${layer}.attn.hook_v`,
  z: (layer: number) => `blocks.${layer}.attn.hook_z`,
  attention: (layer: number) => `blocks.${layer}.hook_attn_out`,
  neurons: (layer: number) => `blocks.${layer}.mlp.hook_post`,
  mlp: (layer: number) => `blocks.${layer}.hook_mlp_out`,
};

export const embedHook = 'hook_embed';
/** Only models with learned positions have it. */
export const positionHook = 'hook_pos_embed';

export function layersOf(model: Model): readonly number[] {
  return Array.from({ length: model.info.layers }, (_, layer) => layer);
}

/** The hooks at which something is added to the residual stream: embedding, learned positions, MLPs. */
export function writersOf(model: Model): {
  readonly embeddings: readonly string[];
  readonly mlps: readonly string[];
} {
  const known = new Set(model.hookNames);
  return {
    embeddings: [embedHook, positionHook].filter((hook) => known.has(hook)),
    mlps: model.info.hasMlp ? layersOf(model).map(blockHooks.mlp) : [],
  };
}

/** By the hook of what attention or an MLP adds to the stream, the scale of the norm it passed before, where there is one. */
export function postNormsOf(model: Model): ReadonlyMap<string, string> {
  const known = new Set(model.hookNames);
  const pairs = layersOf(model).flatMap((layer): [string, string][] => [
    [blockHooks.attention(layer), `blocks.${layer}.ln1_post.hook_scale`],
    [blockHooks.mlp(layer), `blocks.${layer}.ln2_post.hook_scale`],
  ]);
  return new Map(pairs.filter(([, scale]) => known.has(scale)));
}

/** The hooks of operating points: with them and the patterns a linearised backward pass computes no forward again. */
function operatingHooks(model: Model): string[] {
  const known = new Set(model.hookNames);
  const parts = ['ln1', 'ln1_post', 'ln2', 'ln2_post'].map((norm) => `${norm}.hook_scale`);
  const names = [...parts, 'mlp.hook_pre', 'mlp.hook_pre_linear'];
  return layersOf(model)
    .flatMap((layer) => names.map((name) => `blocks.${layer}.${name}`))
    .filter((hook) => known.has(hook));
}

/**
 * Runs the context once, with every hook that attribution, lens and attention need.
 *
 * @param predicted how many of its last positions predict what is explained
 * @param beside hooks to bring back beside
 */
export async function traceOf(
  model: Model,
  ids: readonly number[],
  signal?: AbortSignal,
  predicted = 1,
  beside: readonly string[] = [],
): Promise<Trace> {
  const layers = layersOf(model);
  const streams = [...layers.map(blockHooks.input), blockHooks.output(layers.length - 1)];
  const { embeddings, mlps } = writersOf(model);
  const heads = layers.flatMap((layer) => [
    blockHooks.pattern(layer),
    blockHooks.value(layer),
    blockHooks.z(layer),
  ]);
  const query = ids.length - 1;
  const queries = lastPositions(ids.length, predicted);
  const { hooks, logits } = await model.forward({
    ids: [ids],
    hooks: [...streams, ...embeddings, ...mlps, ...heads, ...operatingHooks(model), ...beside],
    logits: queries,
    signal,
  });
  if (!logits) throw new WhenceError('internal', 'The forward pass returned no logits.');
  const residuals = streams.map((name) => hookOf(hooks, name));
  return { ids, query, queries, logits: logits.data, residuals, hooks };
}

/** The last `count` positions of a text. */
export function lastPositions(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => length - count + at);
}

/** A metric's weights [queries, V] as the targets of a backward pass. */
export function targetsOf({ queries }: Trace, weights: Float32Array): BackwardRequest['targets'] {
  const rows = rowsIn(weights, queries.length);
  return queries.map((position, index) => ({ position, weights: rows[index]! }));
}

/** A hook that was asked for; its absence is a defect of the engine, never of the question. */
export function hookOf(hooks: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = hooks.get(name);
  if (!tensor) throw new WhenceError('internal', `The engine did not return the hook ${name}.`);
  return tensor;
}
