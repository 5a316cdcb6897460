import { WhenceError } from '../../core/errors';
import type { Component, Method } from '../../core/explanation';
import { neuronName } from '../../core/model';
import type { Linearisation, Model } from '../model';
import type { TokenMetric } from './metric';
import { blockHooks, hookOf, layersOf, type Trace, targetsOf } from './trace';

/** Under which linearisation a method gives neurons their total effects; `direct` gives them none. */
const linearisations: Partial<Record<Method, Linearisation>> = {
  secant: 'secant',
  'secant-attention': 'followed',
  'gradient-input': 'exact',
  direct: 'direct',
};

export interface NeuronQuestion {
  readonly model: Model;
  readonly trace: Trace;
  readonly metric: TokenMetric;
  readonly method: Method;
  /** How many to name. */
  readonly count: number;
  readonly signal?: AbortSignal;
}

/**
 * The neurons that matter most to the metric: by the size of their total effects or, for the method `direct`, of what they
 * wrote directly. A neuron's activation times its row of the output matrix is a part of the stream as any other; over the
 * neurons of a layer both add up to what the MLP has without its bias.
 *
 * @throws WhenceError `bad-argument` for a method that says nothing about neurons, or a model without MLPs
 */
export async function strongestNeurons(question: NeuronQuestion): Promise<readonly Component[]> {
  const { model, trace, metric, method, count, signal } = question;
  const linearisation = linearisations[method];
  if (!linearisation) {
    throw new WhenceError(
      'bad-argument',
      `The method ${method} says nothing about neurons: use ${Object.keys(linearisations).join(', ')}.`,
    );
  }
  if (!model.info.hasMlp) {
    throw new WhenceError('bad-argument', `${model.info.id} has no MLPs and so no neurons.`);
  }
  const hooks = layersOf(model).map(blockHooks.neurons);
  const values = await model.forward({ ids: [trace.ids], hooks, logits: 'none', signal });
  const carried = async (rules: Linearisation) => {
    const gradients = await model.backward({
      residuals: trace.residuals,
      targets: targetsOf(trace, metric.weightsAt(trace.logits)),
      joined: true,
      linearisation: rules,
      hooks,
      values: trace.hooks,
      signal,
    });
    return hooks.map((hook) => carriedBy(hookOf(values.hooks, hook).data, hookOf(gradients, hook)));
  };
  const direct = await carried('direct');
  const totals = method === 'direct' ? null : await carried(linearisation);
  const found = direct.flatMap((layer, index) =>
    Array.from(layer, (value, neuron): Component => {
      const total = totals ? totals[index]![neuron]! : null;
      return { name: neuronName(index, neuron), direct: value, total };
    }),
  );
  const size = ({ direct: own, total }: Component) => Math.abs(total ?? own);
  return found.sort((a, b) => size(b) - size(a)).slice(0, count);
}

/** Σ over the positions of activation · gradient, by neuron; both [1, S, F]. */
function carriedBy(values: Float32Array, { dims, data }: { dims: readonly number[]; data: Float32Array }) {
  const neurons = dims[2]!;
  const sums = new Float64Array(neurons);
  for (const [index, value] of values.entries()) sums[index % neurons]! += value * data[index]!;
  return sums;
}
