import { partsCheck } from '../checks';
import { sum } from '../direct';
import { carriedUnder } from './gradients';
import { type Asked, type Attributed, sourcesOf } from './method';

/**
 * Gradient × input (Simonyan et al. 2013, Shrikumar et al. 2016): each embedding times the true gradient there, and each
 * part's output times its gradient. A first-order guess at what deleting would do; it does not add up.
 */
export async function gradientInput(asked: Asked): Promise<Attributed> {
  const { sources, totals } = await carriedUnder(asked, 'exact');
  return {
    sources: sourcesOf(sources),
    remainder: asked.total - sum(sources),
    totals,
    checks: partsCheck(totals),
    warnings: [
      'Gradients say what a small change would do: where attention or an activation is saturated they are near zero for what matters.',
    ],
  };
}
