import { partsCheck, sumCheck } from '../checks';
import { sum } from '../direct';
import { carriedUnder } from './gradients';
import { type Asked, type Attributed, sourcesOf } from './method';

/** From this share of the total on, what the biases bring is worth a word. */
const biasShare = 0.5;
const biasWarning =
  'Much of this comes from the biases of the model (the remainder): where a step is saturated, what drives it has no score; ablation or integrated gradients show it.';

/**
 * Every non-linear operation is replaced by the line through zero and its operating point: patterns and norm scales are
 * held, f(z) becomes z · f(z)/z, a product is shared half and half. At this input the model is then affine, so scores
 * at the embeddings and what the biases bring add up to the metric exactly. Each replacement is integrated gradients of
 * that one operation from zero (Sundararajan et al. 2017); the same coefficients as DeepLIFT's rescale rule for unary
 * functions (Shrikumar et al. 2017) and RelP (Rezaei Jafari et al. 2025).
 */
export async function secant(asked: Asked): Promise<Attributed> {
  const { sources, totals, constants } = await carriedUnder(asked, 'secant');
  const carried = sum(sources) + constants;
  return {
    sources: sourcesOf(sources),
    remainder: asked.metric.linear ? constants : asked.total - sum(sources),
    totals,
    checks: [
      sumCheck('sources and biases sum to the metric', carried, asked.metric.tangentAt(asked.trace.logits)),
      ...partsCheck(totals),
    ],
    warnings: [
      'Attention patterns are held: what decides where a head looks has no score here, such as the previous-token head behind an induction head; ablation shows it.',
      ...(Math.abs(constants) > biasShare * Math.abs(asked.total) ? [biasWarning] : []),
    ],
  };
}
