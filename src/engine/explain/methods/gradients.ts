import { constantsName, type Linearisation } from '../../model';
import type { Tensor } from '../../tensor';
import { biasesOf, biasFactor, type WrittenBias } from '../biases';
import { sum } from '../direct';
import { hookOf, targetsOf, writersOf } from '../trace';
import type { Asked } from './method';
import { carriedBy, partsOf } from './parts';

/** Activation times (modified) gradient, at the embeddings and at every part. */
export interface Carried {
  /** By position: token embedding and, where learned, position embedding. */
  readonly sources: Float64Array;
  /** By component name, over all positions. MLPs count without their output bias. */
  readonly totals: ReadonlyMap<string, number>;
  /** Σ constant · gradient over the whole model. */
  readonly constants: number;
}

/** One backward pass under a linearisation, multiplied with the values of the run. */
export async function carriedUnder(asked: Asked, linearisation: Linearisation): Promise<Carried> {
  const { model, trace, metric, signal } = asked;
  const { embeddings } = writersOf(model);
  const parts = partsOf(model);
  const biases = await biasesOf(model);
  const gradients = await model.backward({
    residuals: trace.residuals,
    targets: targetsOf(trace, metric.weightsAt(trace.logits)),
    joined: true,
    linearisation,
    hooks: [...new Set([...embeddings, ...parts.map(({ hook }) => hook)])],
    constants: true,
    values: trace.hooks,
    signal,
  });

  const sources = new Float64Array(trace.query + 1);
  for (const hook of embeddings) {
    const part = { name: hook, hook, head: null };
    const carried = carriedBy(part, hookOf(trace.hooks, hook), hookOf(gradients, hook));
    for (const [position, score] of carried.entries()) sources[position]! += score;
  }
  const totals = parts.map((part): [string, number] => {
    const gradient = hookOf(gradients, part.hook);
    const whole = sum(carriedBy(part, hookOf(trace.hooks, part.hook), gradient));
    const bias = part.head === null ? biases.written.get(part.hook) : undefined;
    return [part.name, bias ? whole - repeated(bias, trace.hooks, gradient) : whole];
  });
  return { sources, totals: new Map(totals), constants: hookOf(gradients, constantsName).data[0]! };
}

/** Σ over the positions of a bias times the gradient [1, S, D] there. */
function repeated(bias: WrittenBias, hooks: ReadonlyMap<string, Tensor>, { data }: Tensor): number {
  const width = bias.values.length;
  let total = 0;
  for (let position = 0; position * width < data.length; position++) {
    const factor = biasFactor(bias, hooks, position);
    for (let i = 0; i < width; i++) total += factor * bias.values[i]! * data[position * width + i]!;
  }
  return total;
}
