import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { blockHooks, hookOf, layersOf, writersOf } from './trace';

/** What a model adds whatever the text is. Empty and null where the architecture has no such biases. */
export interface Biases {
  /** Output biases of attention and MLPs, [D] each, by the hook whose value contains them. */
  readonly written: ReadonlyMap<string, Float32Array>;
  /** The logits that the last norm's shift and the unembedding's bias give by themselves, [V]. */
  readonly logits: Float32Array | null;
}

const known = new WeakMap<Model, Promise<Biases>>();

/** The biases of a model, measured once: what comes out of each part when nothing goes in. */
export function biasesOf(model: Model): Promise<Biases> {
  const found = known.get(model) ?? measure(model);
  known.set(model, found);
  found.catch(() => known.delete(model));
  return found;
}

async function measure(model: Model): Promise<Biases> {
  const layers = layersOf(model);
  const { mlps } = writersOf(model);
  const silent: Tensor = { dims: [1], data: new Float32Array(1) };
  const inputs = [...layers.map(blockHooks.z), ...(model.info.hasMlp ? layers.map(blockHooks.neurons) : [])];
  const outputs = [...layers.map(blockHooks.attention), ...mlps];
  const { hooks } = await model.forward({
    ids: [[0]],
    hooks: outputs,
    interventions: inputs.map((hook) => ({ hook, scale: silent })),
    logits: 'none',
  });
  const width = model.info.hiddenSize;
  const constant = await model.readout({ dims: [1, 1, width], data: new Float32Array(width) });
  const written = outputs
    .map((hook): [string, Float32Array] => [hook, hookOf(hooks, hook).data])
    .filter(([, values]) => !isZero(values));
  return { written: new Map(written), logits: isZero(constant.data) ? null : constant.data };
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}
