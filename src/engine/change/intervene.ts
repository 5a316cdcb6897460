import type { Change } from '../../core/change/change';
import { printChange } from '../../core/change/changeText';
import type { Intervened, InterveneParams, Outcome } from '../../core/intervention';
import { identityOf } from '../../core/model';
import { Distribution } from '../explain/distribution';
import { tokenMetric } from '../explain/metric';
import { resolve } from '../explain/question';
import { blockHooks, hookOf, layersOf } from '../explain/trace';
import type { Model } from '../model';
import { continueUnder } from './continuation';
import { changedLogits } from './logits';

/** How many of the next token's candidates an outcome lists. */
const topCount = 5;

/**
 * Asks the model as it is and with changes: what becomes of the target, of the distribution and of the continuation.
 *
 * @throws WhenceError `bad-argument` when nothing can be asked or changed like that, `bad-input` when the text is too
 * long, `cancelled`
 */
export async function intervene(
  model: Model,
  params: InterveneParams,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Intervened> {
  const { changes, freezeAttention, continuation: count, sampling } = params;
  const { trace, target, contrast } = await resolve(model, { ...params, verify: false }, signal);
  const { ids } = trace;
  const metric = tokenMetric({ target, contrast });
  const held = layersOf(model).map((layer) => {
    const hook = blockHooks.pattern(layer);
    return [hook, hookOf(trace.hooks, hook)] as const;
  });
  const [changed] = await changedLogits(model, ids, [changes], {
    held: freezeAttention ? new Map(held) : undefined,
    reach: ids.length + count,
    signal,
  });

  const outcome = async (logits: Float32Array, under: readonly Change[]): Promise<Outcome> => {
    const distribution = new Distribution(logits);
    const { alternatives, ...said } = distribution.statistics(target, model.tokenizer);
    const options = { count, freezeAttention: freezeAttention && under.length > 0, sampling, signal };
    return {
      metric: metric.valueOf(logits),
      probability: said.probability,
      rank: said.rank,
      entropy: said.entropy,
      top: alternatives.slice(0, topCount),
      continuation: count === 0 ? null : await continueUnder(model, ids, under, options),
    };
  };
  const token = (id: number) => ({ id, text: model.tokenizer.textOf(id) });
  return {
    schemaVersion: 1,
    model: identityOf(model.info),
    metric: contrast === null ? 'logit' : 'logitDifference',
    target: token(target),
    contrast: contrast === null ? null : token(contrast),
    changes: changes.map(printChange),
    freezeAttention,
    before: await outcome(trace.logits, []),
    after: await outcome(changed!, changes),
  };
}
