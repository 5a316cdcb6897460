import {
  blockHooks,
  embedHook,
  hookOf,
  layersOf,
  positionHook,
  postNormsOf,
  type Trace,
} from '../explain/trace';
import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { Basis } from './basis';
import { checkRoom } from './limit';

/** The point that the model is made affine at: what every part holds while it reads one text. */
export interface Operating {
  readonly model: Model;
  readonly basis: Basis;
  readonly trace: Trace;
  /** By layer: what neurons hand to the output matrix, [1, S, F]; none for models without MLPs. */
  readonly activations: readonly Tensor[];
  /** By layer: what the inputs of a neuron add up to: its activation where it is gated, else what goes into it. */
  readonly neuronValues: readonly Tensor[];
  /** The hook where a neuron's inputs are read: behind the gate, or before the activation function. */
  readonly neuronHook: (layer: number) => string;
  /** Where the MLP of a block reads the stream: between the branches, or with the attention in a parallel block. */
  readonly mlpReads: (layer: number) => string;
  readonly parallel: boolean;
  /** Whether what a part writes goes into the stream as it is, at every position alike: past no norm of its own. */
  readonly writesPlainly: boolean;
  /** What the embedding and, where learned, the positions put into the stream, [1, S, D]. */
  readonly embedding: Tensor;
  readonly places: Tensor | null;
}

const middle = (layer: number) => `blocks.${layer}.hook_resid_mid`;
const before = (layer: number) => `blocks.${layer}.mlp.hook_pre`;

/** What is read at the neurons of each layer beside what every trace holds. */
export function operatingHooks(model: Model): readonly string[] {
  return model.info.hasMlp ? layersOf(model).map(blockHooks.neurons) : [];
}

/**
 * What a trace holds as the point to work at; its text is run again where it was traced without `operatingHooks`.
 *
 * @throws WhenceError `bad-input` for a text that is too long; `cancelled`
 */
export async function operate(model: Model, trace: Trace, signal?: AbortSignal): Promise<Operating> {
  const known = new Set(model.hookNames);
  const layers = model.info.hasMlp ? layersOf(model) : [];
  const neurons = trace.hooks.get(before(0))?.dims[2] ?? 0;
  checkRoom(model.info.id, { ...model.info, neurons }, trace.ids.length);
  const hooks = operatingHooks(model).filter((hook) => !trace.hooks.has(hook));
  const again =
    hooks.length > 0
      ? (await model.forward({ ids: [trace.ids], hooks, logits: 'none', signal })).hooks
      : null;
  const values = (name: (layer: number) => string) =>
    layers.map((layer) => again?.get(name(layer)) ?? hookOf(trace.hooks, name(layer)));
  const gated = known.has('blocks.0.mlp.hook_pre_linear');
  const neuronHook = gated ? blockHooks.neurons : before;
  const parallel = !known.has(middle(0));
  return {
    model,
    basis: new Basis(model.info.layers, model.info.heads, neurons, trace.ids.length),
    trace,
    activations: values(blockHooks.neurons),
    neuronValues: values(neuronHook),
    neuronHook,
    mlpReads: parallel ? blockHooks.input : middle,
    parallel,
    writesPlainly: postNormsOf(model).size === 0,
    embedding: hookOf(trace.hooks, embedHook),
    places: trace.hooks.get(positionHook) ?? null,
  };
}
