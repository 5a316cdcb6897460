import type { Source, Verification } from '../../core/explanation';
import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { Distribution } from './distribution';
import { rowsIn, type TokenMetric } from './metric';
import { draw, randomFrom } from './random';
import { embedHook, type Trace } from './trace';

/** So many sources are named at most; beside them stand two random draws of as many. */
const namedLimit = 6;
const randomDraws = 2;
/** The check holds when naming beats chance by at least this. */
const factor = 2;

/**
 * The measured check: the named sources' embeddings are replaced by the mean embedding, their positions kept, and the
 * metric's drop is compared with that of random other tokens. Costs three forwards of the context.
 *
 * @returns null when there is nothing to delete or nothing to compare with
 */
export async function verify(
  model: Model,
  trace: Trace,
  asked: {
    readonly metric: TokenMetric;
    readonly targets: readonly number[];
    readonly contrast: number | null;
  },
  sources: readonly Source[],
  signal?: AbortSignal,
): Promise<Verification | null> {
  const { named, others } = choose(model, trace, sources);
  if (named.length === 0) return null;
  const { metric, targets, contrast } = asked;
  const random = randomFrom([...trace.ids, targets.at(-1)!, contrast ?? -1]);
  const draws = Array.from({ length: randomDraws }, () => draw(others, named.length, random));

  const outcomes = await logitsWithout(model, trace.ids, [named, ...draws], signal, trace.queries);
  const measure = (logits: Float32Array) => ({
    metric: metric.valueOf(logits),
    probability: probabilityOf(logits, targets),
  });
  const before = measure(trace.logits);
  const [after, ...drawn] = outcomes.map(measure) as [Measured, ...Measured[]];
  const randomMetric = mean(drawn.map((measured) => measured.metric));
  const effect = before.metric - after.metric;
  const randomEffect = before.metric - randomMetric;
  const holds = effect > 0 && effect >= factor * randomEffect;
  return {
    kind: 'deletion',
    named: [...named].sort((a, b) => a - b),
    effect,
    randomEffect,
    probability: {
      before: before.probability,
      named: after.probability,
      random: mean(drawn.map(({ probability }) => probability)),
    },
    holds,
    tier: holds ? 'ablated' : 'attributed',
  };
}

/** Of a span the geometric mean over its tokens, so that its length does not count. */
function probabilityOf(logits: Float32Array, targets: readonly number[]): number {
  const rows = rowsIn(logits, targets.length);
  return Math.exp(mean(targets.map((id, row) => new Distribution(rows[row]!).logProbabilityOf(id))));
}

interface Measured {
  readonly metric: number;
  readonly probability: number;
}

/**
 * The largest positive sources, strongest first, and what random draws are taken from: neither the tokens that predict,
 * whose deletion would break any prediction, nor special tokens. With few tokens fewer are named, so that as many others remain.
 */
function choose(model: Model, trace: Trace, sources: readonly Source[]) {
  const eligible = sources.filter(
    ({ index }) => !trace.queries.includes(index) && !model.tokenizer.isSpecial(trace.ids[index]!),
  );
  const count = Math.min(namedLimit, Math.floor(eligible.length / 2));
  const named = eligible
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, count)
    .map(({ index }) => index);
  const others = eligible.map(({ index }) => index).filter((index) => !named.includes(index));
  return { named, others };
}

/** The logits of the context at its predicting positions, [positions, V], once for each set of deleted positions. */
export async function logitsWithout(
  model: Model,
  ids: readonly number[],
  sets: readonly (readonly number[])[],
  signal?: AbortSignal,
  positions: readonly number[] = [ids.length - 1],
): Promise<Float32Array[]> {
  const mean = await model.meanEmbedding(signal);
  const { logits } = await model.forward({
    ids: sets.map(() => ids),
    hooks: [],
    interventions: [{ hook: embedHook, ...deletion(sets, ids.length, mean) }],
    logits: positions,
    signal,
  });
  return rowsIn(logits!.data, sets.length);
}

/** Scale [B, S, 1] and summand [B, S, D] that put the mean embedding in the place of the deleted positions' own. */
function deletion(
  sets: readonly (readonly number[])[],
  length: number,
  mean: Tensor,
): { readonly scale: Tensor; readonly add: Tensor } {
  const width = mean.data.length;
  const scale = new Float32Array(sets.length * length).fill(1);
  const add = new Float32Array(sets.length * length * width);
  sets.forEach((positions, row) => {
    for (const position of positions) {
      scale[row * length + position] = 0;
      add.set(mean.data, (row * length + position) * width);
    }
  });
  return {
    scale: { dims: [sets.length, length, 1], data: scale },
    add: { dims: [sets.length, length, width], data: add },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
