import { WhenceError } from '../../../core/errors';
import type { MethodSettings } from '../../../core/explanation';
import type { Model } from '../../model';
import { itemCheck } from '../checks';
import { sum } from '../direct';
import { embedHook, hookOf } from '../trace';
import { type Asked, type Attributed, sourcesOf } from './method';
import { gradientsAlong } from './path';

/** The completeness error that 50 steps from the mean embedding stay below, relative to the change of the metric. */
const completenessLimit = 0.01;

/**
 * Integrated gradients (Sundararajan, Taly, Yan 2017): the true gradient averaged along the straight line from a baseline
 * embedding to the token's own, times their difference; the midpoint rule in `steps` steps. Positions are kept. The
 * scores add up to F(x) − F(baseline) as the steps grow; the remainder is F(baseline) and the error of completeness.
 */
export async function integratedGradients(asked: Asked): Promise<Attributed> {
  const { model, trace, metric, settings, total, signal } = asked;
  const { steps, baseline } = settings;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new WhenceError('bad-argument', `Integrated gradients take 1 step or more, not ${steps}.`);
  }
  const length = trace.ids.length;
  const own = hookOf(trace.hooks, embedHook).data;
  const start = await baselineEmbedding(model, baseline, signal);
  const width = start.length;

  const along = await gradientsAlong(asked, { dims: [1, width], data: start }, steps, [embedHook]);
  const scores = new Float64Array(length);
  for (const [index, slope] of hookOf(along, embedHook).data.entries()) {
    scores[Math.floor(index / width)]! += slope * (own[index]! - start[index % width]!);
  }
  const origin = metric.valueOf(await logitsFrom(asked, start));
  const change = total - origin;
  const error = Math.abs(sum(scores) - change) / Math.max(1, Math.abs(change));
  return {
    sources: sourcesOf(scores),
    remainder: total - sum(scores),
    totals: null,
    checks:
      baseline === 'zero'
        ? []
        : [itemCheck('sources sum to the change from the baseline', error, completenessLimit)],
    warnings:
      baseline === 'zero'
        ? [
            `At the zero embedding the norms have no direction to keep, so these scores need not add up: they miss ${Math.round(100 * error)}% of the change. The mean embedding is the safer baseline.`,
          ]
        : [],
  };
}

/** The logits of the next token when every token's embedding is the baseline. */
async function logitsFrom({ model, trace, signal }: Asked, start: Float32Array): Promise<Float32Array> {
  const { logits } = await model.forward({
    ids: [trace.ids],
    hooks: [],
    interventions: [
      {
        hook: embedHook,
        scale: { dims: [1], data: new Float32Array(1) },
        add: { dims: [start.length], data: start },
      },
    ],
    logits: trace.queries,
    signal,
  });
  return logits!.data;
}

async function baselineEmbedding(
  model: Model,
  baseline: MethodSettings['baseline'],
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (baseline === 'zero') return new Float32Array(model.info.hiddenSize);
  if (baseline === 'mean') return (await model.meanEmbedding(signal)).data;
  const { hooks } = await model.forward({ ids: [[baseline]], hooks: [embedHook], logits: 'none', signal });
  return hookOf(hooks, embedHook).data;
}
