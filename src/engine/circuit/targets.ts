import { Distribution } from '../explain/distribution';
import { metricOf, metricValue } from '../explain/metric';
import { blockHooks, embedHook, hookOf, layersOf, positionHook, type Trace } from '../explain/trace';
import { constantsName } from '../model';
import type { Tensor } from '../tensor';
import { Inputs } from './inputs';
import type { Operating } from './operating';
import { addHeads, addNeurons, dot } from './walk';

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

/** What goes directly into each logit: with the last norm held, a sum over all that was written into the last stream. */
export async function logitInputs(
  at: Operating,
  targets: readonly LogitTarget[],
  signal?: AbortSignal,
): Promise<readonly Inputs[]> {
  const { basis, model, trace } = at;
  const layers = layersOf(model);
  const [heads, neurons] = [
    layers.map(blockHooks.z),
    at.activations.map((_, layer) => blockHooks.neurons(layer)),
  ];
  const found = await model.backward({
    residuals: trace.residuals,
    targets: weightsOf(at, targets).map((weights) => ({ position: trace.query, weights })),
    linearisation: 'direct',
    hooks: [...heads, ...neurons, embedHook, ...(at.places ? [positionHook] : [])],
    constants: true,
    signal,
  });
  const width = model.info.hiddenSize;
  return targets.map((_, row) => {
    const inputs = new Inputs();
    const from = row * basis.length + trace.query;
    const written = (hook: string, values: Tensor) =>
      dot(
        values.data,
        trace.query * width,
        hookOf(found, hook).data.subarray(from * width, (from + 1) * width),
      );
    for (const layer of layers) {
      addHeads(at, layer, trace.query, hookOf(found, heads[layer]!), from, inputs);
      const post = neurons[layer];
      if (post) addNeurons(at, layer, trace.query, hookOf(found, post), from, inputs);
    }
    inputs.add(basis.token(trace.query), written(embedHook, at.embedding));
    if (at.places) inputs.add(basis.place(trace.query), written(positionHook, at.places));
    inputs.add(basis.bias, hookOf(found, constantsName).data[row]!);
    return inputs;
  });
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
  const all = weightsOf(at, targets);
  const mass = targets.reduce((sum, { probability }) => sum + probability, 0);
  const share = (target: number) => (targets.length === 1 ? 1 : targets[target]!.probability / mass);
  const weights = all[0]!.map((_, id) => all.reduce((sum, one, target) => sum + share(target) * one[id]!, 0));
  const hooks = layersOf(model).map(blockHooks.z);
  const found = await model.backward({
    residuals: trace.residuals,
    targets: [{ position: trace.query, weights }],
    linearisation: 'secant',
    hooks,
    signal,
  });
  return hooks.map((hook) => hookOf(found, hook).data);
}

function weightsOf({ trace }: Operating, targets: readonly LogitTarget[]): readonly Float32Array[] {
  return targets.map(({ id, contrast }) => metricOf(trace.logits.length, id, contrast).weights);
}
