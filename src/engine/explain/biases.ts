import type { Model } from '../model';
import type { Tensor } from '../tensor';
import { blockHooks, hookOf, layersOf, postNormsOf, writersOf } from './trace';

/** What a model adds whatever the text is. Empty and null where the architecture has no such biases. */
export interface Biases {
  /** Output biases of attention and MLPs by the hook whose value contains them. */
  readonly written: ReadonlyMap<string, WrittenBias>;
  /** The logits that the last norm's shift and the unembedding's bias give by themselves, [V]. */
  readonly logits: Float32Array | null;
}

/** An output bias [D]. Where a norm follows it, what is written depends on that norm's scale. */
export interface WrittenBias {
  readonly values: Float32Array;
  readonly norm: { readonly hook: string; readonly scale: number } | null;
}

/** What a bias adds at a position of a run: its values, times this. */
export function biasFactor(
  { norm }: WrittenBias,
  hooks: ReadonlyMap<string, Tensor>,
  position: number,
): number {
  return norm ? norm.scale / hookOf(hooks, norm.hook).data[position]! : 1;
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
  const norms = postNormsOf(model);
  const { hooks } = await model.forward({
    ids: [[0]],
    hooks: [...outputs, ...norms.values()],
    interventions: inputs.map((hook) => ({ hook, scale: silent })),
    logits: 'none',
  });
  const width = model.info.hiddenSize;
  const constant = await model.readout({ dims: [1, 1, width], data: new Float32Array(width) });
  const written = outputs
    .map((hook): [string, WrittenBias] => {
      const norm = norms.get(hook);
      const scaled = norm === undefined ? null : { hook: norm, scale: hookOf(hooks, norm).data[0]! };
      return [hook, { values: hookOf(hooks, hook).data, norm: scaled }];
    })
    .filter(([, { values }]) => !isZero(values));
  return { written: new Map(written), logits: isZero(constant.data) ? null : constant.data };
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}
