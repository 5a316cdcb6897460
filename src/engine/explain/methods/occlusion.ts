import { sum } from '../direct';
import { logitsWithout } from '../verify';
import { type Asked, type Attributed, sourcesOf } from './method';

/**
 * Leave-one-out (Li et al. 2016; Zeiler and Fergus 2014 for images): how far the metric falls when one token's embedding
 * is replaced by the mean embedding, its position kept. An experiment for every token, not an approximation.
 */
export async function occlusion(asked: Asked): Promise<Attributed> {
  const scores = await leaveOneOut(asked);
  return {
    sources: sourcesOf(scores),
    remainder: asked.total - sum(scores),
    totals: null,
    checks: [],
    warnings: ['Each token is deleted alone: of two tokens that say the same, neither seems to matter.'],
  };
}

/** By position, the metric's drop without that token. Costs a forward for each. */
export async function leaveOneOut({ model, trace, metric, total, signal }: Asked): Promise<number[]> {
  const sets = trace.ids.map((_, index) => [index]);
  const outcomes = await logitsWithout(model, trace.ids, sets, signal, trace.queries);
  return outcomes.map((logits) => total - metric.valueOf(logits));
}
