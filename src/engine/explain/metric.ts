import type { Metric } from '../../core/explanation';
import { Distribution } from './distribution';

/**
 * What an explanation explains: a number read from the logits of the next token, or of each token of a span: then all
 * that is [V] here is [T, V], a row for each.
 */
export interface TokenMetric {
  readonly name: Metric;
  /** True when it is a weighted sum of the logits, so that parts of it add up. */
  readonly linear: boolean;
  /** In float64 and not from the rounded weights, so that comparing it with a sum of attributions tests those too. */
  valueOf(logits: Float32Array): number;
  /** Its gradient with respect to the logits, [V]; it sums to 0, so a constant added to all logits changes nothing. */
  weightsAt(logits: Float32Array): Float32Array;
  /** Gradient · logits: the value itself when it is linear. */
  tangentAt(logits: Float32Array): number;
}

export interface TokenQuestion {
  readonly target: number;
  readonly contrast: number | null;
  /** The natural logarithm of the target's probability, in place of its logit; there is no contrast then. */
  readonly logProbability?: boolean;
}

/** The metric of a question. */
export function tokenMetric({ target, contrast, logProbability = false }: TokenQuestion): TokenMetric {
  if (logProbability) return logProbabilityOf(target);
  const difference = (logits: Float32Array) => metricValue(logits, target, contrast);
  return {
    name: contrast === null ? 'logit' : 'logitDifference',
    linear: true,
    valueOf: difference,
    weightsAt: (logits) => metricOf(logits.length, target, contrast).weights,
    tangentAt: difference,
  };
}

/** The sum over the tokens of a span of what `tokenMetric` is for each; a span of one token is that token. */
export function spanMetric(
  targets: readonly number[],
  rest: Pick<TokenQuestion, 'contrast' | 'logProbability'>,
): TokenMetric {
  const metrics = targets.map((target) => tokenMetric({ target, ...rest }));
  const [first] = metrics as [TokenMetric, ...TokenMetric[]];
  if (metrics.length === 1) return first;
  const perRow = <R>(logits: Float32Array, of: (metric: TokenMetric, row: Float32Array) => R) =>
    rowsIn(logits, metrics.length).map((row, index) => of(metrics[index]!, row));
  const added = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  return {
    name: first.name,
    linear: first.linear,
    valueOf: (logits) => added(perRow(logits, (metric, row) => metric.valueOf(row))),
    weightsAt: (logits) => {
      const weights = new Float32Array(logits.length);
      perRow(logits, (metric, row) => metric.weightsAt(row)).forEach((row, index) => {
        weights.set(row, index * row.length);
      });
      return weights;
    },
    tangentAt: (logits) => added(perRow(logits, (metric, row) => metric.tangentAt(row))),
  };
}

/** The rows of a [T, V] matrix, without a copy. */
export function rowsIn(matrix: Float32Array, count: number): Float32Array[] {
  const size = matrix.length / count;
  return Array.from({ length: count }, (_, row) => matrix.subarray(row * size, (row + 1) * size));
}

function logProbabilityOf(target: number): TokenMetric {
  const weightsAt = (logits: Float32Array) => {
    const distribution = new Distribution(logits);
    const weights = Float32Array.from(logits, (_, id) => -distribution.probabilityOf(id));
    weights[target]! += 1;
    return weights;
  };
  return {
    name: 'logProbability',
    linear: false,
    valueOf: (logits) => new Distribution(logits).logProbabilityOf(target),
    weightsAt,
    tangentAt: (logits) => weightsAt(logits).reduce((sum, weight, id) => sum + weight * logits[id]!, 0),
  };
}

/** A metric as weights over the logits. */
export interface LinearMetric {
  readonly name: Metric;
  /** Over the vocabulary, [V]; they sum to 0, so a constant added to all logits changes nothing. */
  readonly weights: Float32Array;
}

/** The target's logit minus the mean logit or, given a contrast, minus the contrast's logit. */
export function metricOf(vocabularySize: number, target: number, contrast: number | null): LinearMetric {
  const weights = new Float32Array(vocabularySize);
  if (contrast === null) weights.fill(-1 / vocabularySize);
  else weights[contrast] = -1;
  weights[target]! += 1;
  return { name: contrast === null ? 'logit' : 'logitDifference', weights };
}

/**
 * The metric's value for some logits, in float64 and from the exact mean: it does not use the rounded weights, so that
 * comparing it with a sum of attributions tests those too.
 */
export function metricValue(logits: Float32Array, target: number, contrast: number | null): number {
  if (contrast !== null) return logits[target]! - logits[contrast]!;
  let total = 0;
  for (const logit of logits) total += logit;
  return logits[target]! - total / logits.length;
}
