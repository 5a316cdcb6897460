import { WhenceError } from '../../../core/errors';
import type { Tensor } from '../../tensor';
import { partsCheck } from '../checks';
import { sum } from '../direct';
import { embedHook, hookOf, type Trace } from '../trace';
import { type Asked, type Attributed, sourcesOf } from './method';
import { carriedBy, partsOf } from './parts';
import { gradientsAlong } from './path';

/** Points between the two prompts (Hanna et al. 2024 use five). */
const points = 5;
/** From this share of the change on, what the estimate misses is worth a word. */
const missed = 0.1;

/**
 * Attribution patching (Nanda 2022) against a counterfactual prompt of as many tokens: what each token and each part would
 * take from the metric, if its value were that of the other prompt, to first order. The gradient is averaged between the two
 * prompts' embeddings (Hanna et al. 2024, EAP-IG), over nodes; so the sources come near the whole change.
 */
export async function attributionPatching(asked: Asked): Promise<Attributed> {
  const { model, trace, metric, total, counterfactual } = asked;
  if (!counterfactual) {
    throw new WhenceError(
      'bad-argument',
      'Attribution patching compares two prompts: give a counterfactual one of as many tokens.',
    );
  }
  const parts = partsOf(model);
  const other = hookOf(counterfactual.hooks, embedHook);
  const start = { dims: other.dims.slice(1), data: other.data };
  const hooks = [...new Set([embedHook, ...parts.map(({ hook }) => hook)])];
  const gradients = await gradientsAlong(asked, start, points, hooks);
  const patched = (part: { name: string; hook: string; head: number | null }) =>
    carriedBy(part, difference(part.hook, trace, counterfactual), hookOf(gradients, part.hook));

  const sources = patched({ name: embedHook, hook: embedHook, head: null });
  const totals = new Map(parts.map((part): [string, number] => [part.name, sum(patched(part))]));
  const change = total - metric.valueOf(counterfactual.logits);
  const error = Math.abs(sum(sources) - change) / Math.max(1, Math.abs(change));
  return {
    sources: sourcesOf(sources),
    remainder: total - sum(sources),
    totals,
    checks: partsCheck(totals),
    warnings: [
      'This is an estimate to first order of what patching would do; tokens that are the same in both prompts have no score.',
      ...(error > missed
        ? [
            `Together the tokens are said to bring ${sum(sources).toFixed(2)}; measured, it is ${change.toFixed(2)}.`,
          ]
        : []),
    ],
  };
}

/** A hook's value less that of the other run. */
function difference(hook: string, trace: Trace, other: Trace): Tensor {
  const { dims, data } = hookOf(trace.hooks, hook);
  const subtracted = hookOf(other.hooks, hook).data;
  return { dims, data: data.map((value, index) => value - subtracted[index]!) };
}
