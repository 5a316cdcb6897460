import type { Metric } from '../../core/explanation';

/** What an explanation explains: a weighted sum of the logits, so that parts of it add up. */
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
