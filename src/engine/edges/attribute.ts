import type { EdgeAttribution, EdgeMethod } from '../../core/edges';
import { identityOf } from '../../core/model';
import { contrastToken, counterfactualTrace } from '../explain/explain';
import { tokenMetric } from '../explain/metric';
import { resolve } from '../explain/question';
import type { Model } from '../model';
import { scoreEdges } from './edges';

export interface EdgeParams {
  readonly ids: readonly number[];
  /** Another prompt of as many tokens. */
  readonly counterfactual: readonly number[];
  /** The next token; null for the one that the model would choose. */
  readonly target: string | null;
  readonly contrast: string | null;
  readonly logProbability: boolean;
  readonly method: EdgeMethod;
  readonly steps: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/**
 * Scores every edge between the model's parts for the next token after a prompt, by what differs from a counterfactual
 * one. What target and contrast share before they differ joins both prompts.
 *
 * @throws WhenceError `bad-argument` or `bad-input` when it cannot be asked, `cancelled` when the signal was aborted
 */
export async function attributeEdges(model: Model, params: EdgeParams): Promise<EdgeAttribution> {
  const { ids, method, steps, logProbability, signal, onProgress } = params;
  const { trace, target, contrast } = await resolve(
    model,
    { ids, position: ids.length, target: params.target, contrast: params.contrast, verify: false },
    signal,
  );
  const other = [...params.counterfactual, ...trace.ids.slice(ids.length)];
  const counterfactual = await counterfactualTrace(model, other, trace, signal);
  const metric = tokenMetric({ target, contrast, logProbability });
  const scored = await scoreEdges({
    model,
    trace,
    counterfactual,
    metric,
    method,
    steps,
    signal,
    onProgress,
  });
  return {
    schemaVersion: 1,
    model: identityOf(model.info),
    method,
    steps: method === 'eap' ? null : steps,
    metric: metric.name,
    target: contrastToken(model, trace.logits, target),
    contrast: contrast === null ? null : contrastToken(model, trace.logits, contrast),
    total: metric.valueOf(trace.logits),
    counterfactual: metric.valueOf(counterfactual.logits),
    ...scored,
  };
}
