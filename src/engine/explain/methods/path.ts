import type { Tensor } from '../../tensor';
import { rowsIn } from '../metric';
import { blockHooks, embedHook, hookOf, layersOf, targetsOf } from '../trace';
import type { Asked } from './method';

/** Points that run as one batch. */
const batchPoints = 8;

/** What the model is asked on the way: the metric of the next token's logits after a context that has run once. */
type OnTheWay = Pick<Asked, 'model' | 'trace' | 'metric' | 'signal'>;

/** What a run of the same tokens with other embeddings left behind. */
export interface Point {
  /** As in a trace, each [1, S, D]. */
  readonly residuals: readonly Tensor[];
  /** As in a trace, [queries, V]. */
  readonly logits: Float32Array;
}

/**
 * The true gradient at hooks, averaged over the straight way from other embeddings to the tokens' own; the midpoint rule
 * in `steps` steps. Positions are kept.
 *
 * @param start embeddings [1 or S, D]: one for all tokens, or one for each
 */
export async function gradientsAlong(
  asked: OnTheWay,
  start: Tensor,
  steps: number,
  hooks: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  const sums = new Map<string, { readonly dims: readonly number[]; readonly data: Float64Array }>();
  for await (const point of pointsAlong(asked, start, steps)) {
    for (const [hook, { dims, data }] of await gradientsAt(asked, point, hooks)) {
      const sum = sums.get(hook) ?? { dims, data: new Float64Array(data.length) };
      for (let index = 0; index < data.length; index++) sum.data[index]! += data[index]! / steps;
      sums.set(hook, sum);
    }
  }
  return new Map([...sums].map(([hook, { dims, data }]) => [hook, { dims, data: Float32Array.from(data) }]));
}

/** The true gradient of the metric at hooks, in a run. */
export async function gradientsAt(
  { model, trace, metric, signal }: OnTheWay,
  { residuals, logits }: Point,
  hooks: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  const targets = targetsOf(trace, metric.weightsAt(logits));
  return model.backward({ residuals, targets, joined: true, linearisation: 'exact', hooks, signal });
}

/** The runs in the middle of each of the steps from other embeddings to the tokens' own. */
export async function* pointsAlong(asked: OnTheWay, start: Tensor, steps: number): AsyncGenerator<Point> {
  for (let from = 0; from < steps; from += batchPoints) {
    const count = Math.min(batchPoints, steps - from);
    const shares = Array.from({ length: count }, (_, index) => (from + index + 0.5) / steps);
    yield* await runsAt(asked, start, shares);
  }
}

/** The runs where the embeddings lie at each of these shares of the way. */
async function runsAt(
  { model, trace, signal }: OnTheWay,
  start: Tensor,
  shares: readonly number[],
): Promise<readonly Point[]> {
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
    logits: trace.queries,
    signal,
  });
  const logitRows = rowsIn(logits!.data, count);
  return shares.map((_, row) => ({
    residuals: streams.map((name) => {
      const { dims, data } = hookOf(hooks, name);
      const size = data.length / count;
      return { dims: [1, ...dims.slice(1)], data: data.subarray(row * size, (row + 1) * size) };
    }),
    logits: logitRows[row]!,
  }));
}
