import { headName, mlpName } from '../../core/model';
import { blockHooks, hookOf, layersOf } from '../explain/trace';
import type { Model } from '../model';
import type { Tensor } from '../tensor';

/** A place where the model reads the residual stream. */
export interface Reader {
  readonly name: string;
  /** The metric's true gradient with respect to the stream as this reader alone sees it, before its norm, [S · D]. */
  readonly gradient: Float32Array;
}

/** A run, and the metric's true gradient at `gradientHooks`. */
export interface Run {
  readonly residuals: readonly Tensor[];
  readonly gradients: ReadonlyMap<string, Tensor>;
}

const attention = (layer: number, name: string) => `blocks.${layer}.attn.${name}`;
const hooksOf = (layer: number) => ({
  q: attention(layer, 'hook_q'),
  k: attention(layer, 'hook_k'),
  v: attention(layer, 'hook_v'),
  scores: attention(layer, 'hook_attn_scores'),
});

/** Where gradients are needed to tell the readers of every layer apart. */
export function gradientHooks(model: Model, keyHeads: number): readonly string[] {
  const grouped = keyHeads < model.info.heads;
  const layers = layersOf(model);
  return [
    ...layers.flatMap((layer) => {
      const { q, k, v, scores } = hooksOf(layer);
      const shared = grouped ? [scores, blockHooks.z(layer)] : [k, v];
      return [q, ...shared, ...(model.info.hasMlp ? [blockHooks.mlp(layer)] : [])];
    }),
    blockHooks.output(layers.length - 1),
  ];
}

/**
 * Queries, keys and values of the heads of a layer. Heads that share keys and values read them each for itself: what one
 * of them does with a shared key is told from what the others do with it.
 */
export async function headReaders(
  model: Model,
  { residuals, gradients }: Run,
  layer: number,
  keyHeads: number,
  signal?: AbortSignal,
): Promise<readonly Reader[]> {
  const { heads, hiddenSize } = model.info;
  const hooks = hooksOf(layer);
  const residual = residuals[layer]!;
  const length = residual.dims[1]!;
  const perKey = heads / keyHeads;
  const step = (from: string, cotangents: Tensor, to: string) =>
    model
      .pull({ residual, from, cotangents, linearisation: 'exact', hooks: [to], signal })
      .then((pulled) => hookOf(pulled, to));

  /** Gradients at keys or values with a row for each of the heads that share one, [H/K, S, K, d]. */
  const shared = async (hook: string, behind: string, axis: number) =>
    perKey === 1
      ? hookOf(gradients, hook)
      : step(behind, apart(hookOf(gradients, behind), axis, perKey), hook);
  const found: Reader[] = [];
  for (const [part, cotangents] of [
    ['q', hookOf(gradients, hooks.q)],
    ['k', await shared(hooks.k, hooks.scores, 1)],
    ['v', await shared(hooks.v, blockHooks.z(layer), 2)],
  ] as const) {
    const rows = byHead(cotangents, part === 'q' ? 1 : perKey, heads);
    const { data } = await step(hooks[part], rows, blockHooks.input(layer));
    const size = length * hiddenSize;
    for (let head = 0; head < heads; head++) {
      const gradient = data.subarray(head * size, (head + 1) * size);
      found.push({ name: `${headName(layer, head)}.${part}`, gradient });
    }
  }
  return found;
}

/** The MLP of a layer. */
export async function mlpReader(
  model: Model,
  { residuals, gradients }: Run,
  layer: number,
  input: string,
  signal?: AbortSignal,
): Promise<Reader> {
  const from = blockHooks.mlp(layer);
  const pulled = await model.pull({
    residual: residuals[layer]!,
    from,
    cotangents: hookOf(gradients, from),
    linearisation: 'exact',
    hooks: [input],
    signal,
  });
  return { name: mlpName(layer), gradient: hookOf(pulled, input).data };
}

/** What the logits read, at the end of the stream. */
export function logitsReader(model: Model, { gradients }: Run): Reader {
  return { name: 'logits', gradient: hookOf(gradients, blockHooks.output(model.info.layers - 1)).data };
}

/** [1, …, H, …] as `count` rows, of which row i has the heads h with h mod count = i and zero for all others. */
function apart({ dims, data }: Tensor, axis: number, count: number): Tensor {
  const heads = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const rows = new Float32Array(count * data.length);
  for (let start = 0; start < data.length; start += inner) {
    const row = ((start / inner) % heads) % count;
    rows.set(data.subarray(start, start + inner), row * data.length + start);
  }
  return { dims: dims.with(0, count), data: rows };
}

/** Gradients [G, S, K, d], where row i is of the i-th head of every key head, as a row for each head, [H, S, K, d]. */
function byHead({ dims, data }: Tensor, perKey: number, heads: number): Tensor {
  const [, length, count, size] = dims as [number, number, number, number];
  const row = length * count * size;
  const rows = new Float32Array(heads * row);
  for (let head = 0; head < heads; head++) {
    const own = Math.floor(head / perKey);
    for (let position = 0; position < length; position++) {
      const at = (position * count + own) * size;
      const from = (head % perKey) * row + at;
      rows.set(data.subarray(from, from + size), head * row + at);
    }
  }
  return { dims: dims.with(0, heads), data: rows };
}
