import { partsCheck } from '../checks';
import { sum } from '../direct';
import { carriedUnder } from './gradients';
import { type Asked, type Attributed, sourcesOf } from './method';

/**
 * Secant, but attention patterns are followed by the true gradient of their softmax: what decides where heads look gets a
 * score too. A pattern and the values it mixes are then both credited with their product, so the scores do not add up.
 */
export async function secantAttention(asked: Asked): Promise<Attributed> {
  const { sources, totals } = await carriedUnder(asked, 'followed');
  return {
    sources: sourcesOf(sources),
    remainder: asked.total - sum(sources),
    totals,
    checks: partsCheck(totals),
    warnings: [
      'Where attention is saturated, what decides where a head looks has next to no gradient: ablation shows it. These scores do not add up.',
    ],
  };
}
