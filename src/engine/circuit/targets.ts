import { Distribution } from '../explain/distribution';
import { metricOf, metricValue } from '../explain/metric';
import { blockHooks, hookOf, layersOf, type Trace } from '../explain/trace';
import type { Operating } from './operating';
import { dot } from './products';
import type { Reads } from './reads';

/** A logit that is explained. */
export interface LogitTarget {
  readonly id: number;
  readonly contrast: number | null;
  readonly probability: number;
  /** The logit minus the mean logit, or minus the contrast's. */
  readonly value: number;
}

/** Logits that a graph explains at most. */
const mostLogits = 10;

/** The token of a question, with its contrast or without. */
export function singleTarget({ logits }: Trace, id: number, contrast: number | null): LogitTarget {
  const probability = new Distribution(logits).probabilityOf(id);
  return { id, contrast, probability, value: metricValue(logits, id, contrast) };
}

/** The most probable next tokens, as many as have a share of the probability between them, but at most ten. */
export function likelyTargets(trace: Trace, mass: number): readonly LogitTarget[] {
  const targets: LogitTarget[] = [];
  let reached = 0;
  for (const id of new Distribution(trace.logits).best(mostLogits)) {
    if (reached >= mass) break;
    targets.push(singleTarget(trace, id, null));
    reached += targets.at(-1)!.probability;
  }
  return targets;
}

/** The direction in which each logit reads the last stream, its norm held. */
export async function logitReads(
  { basis, model, trace }: Operating,
  targets: readonly LogitTarget[],
  signal?: AbortSignal,
): Promise<Reads> {
  const weights = weightsOf(trace, targets);
  const last = blockHooks.output(basis.layers - 1);
  const found = await model.backward({
    residuals: trace.residuals,
    targets: weights.map((each) => ({ position: trace.query, weights: each })),
    linearisation: 'direct',
    hooks: [last],
    signal,
  });
  const size = model.info.hiddenSize;
  const directions = hookOf(found, last).data;
  const nothing = { dims: [1, 1, size], data: new Float32Array(size) };
  const constant = (await model.readout(nothing, signal)).data;
  const reads = targets.map((_, part) => {
    const from = (part * basis.length + trace.query) * size;
    const direction = directions.subarray(from, from + size);
    const places = [{ position: trace.query, factor: 1 }];
    return { part, places, direction, below: basis.layers, withHeads: false, least: 0 };
  });
  return { reads, constants: Float64Array.from(weights, (each) => dot(constant, 0, each)) };
}

/**
 * By layer, how the metric grows with what the heads hand on, at `hook_z` [1, S, H, d], through all paths of the affine
 * model. Of several logits the metric is their sum, weighted by probability.
 */
export async function headGradients(
  at: Operating,
  targets: readonly LogitTarget[],
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> {
  const { model, trace } = at;
  const all = weightsOf(trace, targets);
  const mass = targets.reduce((sum, { probability }) => sum + probability, 0);
  const share = (target: number) => (targets.length === 1 ? 1 : targets[target]!.probability / mass);
  const weights = all[0]!.map((_, id) => all.reduce((sum, one, target) => sum + share(target) * one[id]!, 0));
  const hooks = layersOf(model).map(blockHooks.z);
  const found = await model.backward({
    residuals: trace.residuals,
    targets: [{ position: trace.query, weights }],
    linearisation: 'secant',
    hooks,
    values: trace.hooks,
    signal,
  });
  return hooks.map((hook) => hookOf(found, hook).data);
}

function weightsOf(trace: Trace, targets: readonly LogitTarget[]): readonly Float32Array[] {
  return targets.map(({ id, contrast }) => metricOf(trace.logits.length, id, contrast).weights);
}
