import type { Tensor } from '../../tensor';
import { blockHooks, embedHook, hookOf, layersOf } from '../trace';
import type { Asked } from './method';

/** Points that run as one batch. */
const batchPoints = 8;

/**
 * The true gradient at hooks, averaged over the straight way from other embeddings to the tokens' own; the midpoint rule
 * in `steps` steps. Positions are kept.
 *
 * @param start embeddings [1 or S, D]: one for all tokens, or one for each
 */
export async function gradientsAlong(
  asked: Asked,
  start: Tensor,
  steps: number,
  hooks: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  const sums = new Map<string, { readonly dims: readonly number[]; readonly data: Float64Array }>();
  for (let from = 0; from < steps; from += batchPoints) {
    const count = Math.min(batchPoints, steps - from);
    const shares = Array.from({ length: count }, (_, index) => (from + index + 0.5) / steps);
    for (const gradients of await gradientsAt(asked, start, shares, hooks)) {
      for (const [hook, { dims, data }] of gradients) {
        const sum = sums.get(hook) ?? { dims, data: new Float64Array(data.length) };
        for (let index = 0; index < data.length; index++) sum.data[index]! += data[index]! / steps;
        sums.set(hook, sum);
      }
    }
  }
  return new Map([...sums].map(([hook, { dims, data }]) => [hook, { dims, data: Float32Array.from(data) }]));
}

/** The gradients where the embeddings lie at each of these shares of the way. */
async function gradientsAt(
  { model, trace, metric, signal }: Asked,
  start: Tensor,
  shares: readonly number[],
  asked: readonly string[],
): Promise<ReadonlyMap<string, Tensor>[]> {
  const layers = layersOf(model);
  const streams = [...layers.map(blockHooks.input), blockHooks.output(layers.length - 1)];
  const count = shares.length;
  const { hooks, logits } = await model.forward({
    ids: shares.map(() => trace.ids),
    hooks: streams,
    interventions: [
      {
        hook: embedHook,
        scale: { dims: [count, 1, 1], data: Float32Array.from(shares) },
        add: {
          dims: [count, ...start.dims],
          data: Float32Array.from(
            shares.flatMap((share) => Array.from(start.data, (value) => (1 - share) * value)),
          ),
        },
      },
    ],
    logits: [trace.query],
    signal,
  });
  const found: ReadonlyMap<string, Tensor>[] = [];
  for (let row = 0; row < count; row++) {
    const residuals = streams.map((name) => {
      const { dims, data } = hookOf(hooks, name);
      const size = data.length / count;
      return { dims: [1, ...dims.slice(1)], data: data.subarray(row * size, (row + 1) * size) };
    });
    const vocabulary = logits!.dims[2]!;
    const weights = metric.weightsAt(logits!.data.subarray(row * vocabulary, (row + 1) * vocabulary));
    const targets = [{ position: trace.query, weights }];
    found.push(await model.backward({ residuals, targets, linearisation: 'exact', hooks: asked, signal }));
  }
  return found;
}
