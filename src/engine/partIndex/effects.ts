// What parts write into the stream, read as logits: their output through the last norm's gain and the unembedding, the
// norm's denominator held at its mean over the corpus (direct effects, Elhage et al. 2021; for neurons Geva et al. 2021).

import type { RawEffect } from '../../core/partIndex/format';
import { biasesOf, biasFactor } from '../explain/biases';
import { blockHooks, hookOf, layersOf, postNormsOf } from '../explain/trace';
import type { Intervention, Model } from '../model';
import type { Tensor } from '../tensor';

/** Tokens named of each part: so many that it raises, and as many that it lowers. */
const named = 8;

/** The hook of the last norm's denominator; models without that norm have none. */
export const lastScale = 'ln_final.hook_scale';

/** One over denominators of norms, by hook, as means over the corpus. */
export type MeanInverses = ReadonlyMap<string, number>;

/** What parts of a layer are given in place of what they would hold: by position, a head's z or a neuron's activation. */
export interface Given {
  /** A vector [H, d] for each position, or none. */
  readonly heads: readonly Float32Array[];
  /** The neuron that is 1 at each position. */
  readonly neurons: readonly number[];
}

/**
 * What heads and neurons of every layer write into the stream when they hold what is given, one at each position.
 *
 * @returns by layer, [positions, D] of heads and of neurons, without biases
 */
export async function writtenBy(
  model: Model,
  given: readonly Given[],
  sizes: { readonly headSize: number; readonly neurons: number },
  means: MeanInverses,
  signal?: AbortSignal,
): Promise<readonly { readonly heads: Float32Array; readonly neurons: Float32Array }[]> {
  const positions = Math.max(1, ...given.flatMap(({ heads, neurons }) => [heads.length, neurons.length]));
  const nothing: Tensor = { dims: [1], data: new Float32Array(1) };
  const interventions = given.flatMap(({ heads, neurons }, layer): Intervention[] => {
    const width = model.info.heads * sizes.headSize;
    const z = new Float32Array(positions * width);
    for (const [position, vector] of heads.entries()) z.set(vector, position * width);
    const hook = blockHooks.z(layer);
    const changed = [
      {
        hook,
        scale: nothing,
        add: { dims: [1, positions, model.info.heads, sizes.headSize], data: z },
      },
    ];
    if (sizes.neurons === 0) return changed;
    const one = new Float32Array(positions * sizes.neurons);
    for (const [position, neuron] of neurons.entries()) one[position * sizes.neurons + neuron] = 1;
    const add = { dims: [1, positions, sizes.neurons], data: one };
    return [...changed, { hook: blockHooks.neurons(layer), scale: nothing, add }];
  });
  const norms = postNormsOf(model);
  const outputs = layersOf(model).flatMap((layer) => [
    blockHooks.attention(layer),
    ...(sizes.neurons > 0 ? [blockHooks.mlp(layer)] : []),
  ]);
  const { hooks } = await model.forward({
    ids: [new Array<number>(positions).fill(0)],
    hooks: [...outputs, ...norms.values()],
    interventions,
    logits: 'none',
    signal,
  });
  const biases = await biasesOf(model);
  /** Without the bias, and, where a norm follows, with that norm's mean denominator in place of this run's. */
  const written = (hook: string) => {
    const { data } = hookOf(hooks, hook);
    const bias = biases.written.get(hook);
    const norm = norms.get(hook);
    const size = model.info.hiddenSize;
    const rows = new Float32Array(data.length);
    for (let position = 0; position < positions; position++) {
      const factor = bias ? biasFactor(bias, hooks, position) : 0;
      const scale = norm ? hookOf(hooks, norm).data[position]! * (means.get(norm) ?? 1) : 1;
      for (let i = 0, at = position * size; i < size; i++, at++) {
        rows[at] = scale * (data[at]! - factor * (bias?.values[i] ?? 0));
      }
    }
    return rows;
  };
  return layersOf(model).map((layer) => ({
    heads: written(blockHooks.attention(layer)),
    neurons: sizes.neurons > 0 ? written(blockHooks.mlp(layer)) : new Float32Array(0),
  }));
}

/** Reads directions of the stream as effects on logits. */
export class Unembedder {
  #constant: Promise<Float32Array> | null = null;
  #centred: Promise<boolean> | null = null;

  constructor(
    private readonly model: Model,
    private readonly means: MeanInverses,
  ) {}

  /** For each row of `directions` [rows, D], the tokens whose logits rise and fall most, against the mean logit. */
  async effectsOf(directions: Float32Array, rows: number, signal?: AbortSignal) {
    const size = this.model.info.hiddenSize;
    this.#constant ??= this.#readConstant(signal);
    this.#centred ??= this.#readKind(signal);
    const constant = await this.#constant;
    const centred = await this.#centred;
    // The norm would divide by a direction's own length. It is brought to length one, where the norm's ε does not count.
    const data = directions.slice(0, rows * size);
    const lengths = Array.from({ length: rows }, (_, row) =>
      normalise(data.subarray(row * size, (row + 1) * size), centred),
    );
    const logits = (await this.model.readout({ dims: [1, rows, size], data }, signal)).data;
    const inverse = this.means.get(lastScale) ?? 1;
    return lengths.map((length, row) =>
      extremes(
        logits.subarray(row * constant.length, (row + 1) * constant.length),
        constant,
        length * inverse,
      ),
    );
  }

  /** What the last norm's shift and the unembedding's bias give by themselves. */
  async #readConstant(signal?: AbortSignal): Promise<Float32Array> {
    const size = this.model.info.hiddenSize;
    return (await this.model.readout({ dims: [1, 1, size], data: new Float32Array(size) }, signal)).data;
  }

  /** Whether the last norm takes the mean away: of a stream that is 1 everywhere it then leaves nothing. */
  async #readKind(signal?: AbortSignal): Promise<boolean> {
    if (!this.model.hookNames.includes(lastScale)) return false;
    const { layers, hiddenSize } = this.model.info;
    const { hooks } = await this.model.forward({
      ids: [[0]],
      hooks: [lastScale],
      interventions: [
        {
          hook: blockHooks.output(layers - 1),
          scale: { dims: [1], data: new Float32Array(1) },
          add: { dims: [1, 1, hiddenSize], data: new Float32Array(hiddenSize).fill(1) },
        },
      ],
      logits: 'none',
      signal,
    });
    return hookOf(hooks, lastScale).data[0]! < 0.5;
  }
}

/** Divides a direction by its root mean square, or by its standard deviation where the mean is taken away; gives that. */
function normalise(direction: Float32Array, centred: boolean): number {
  let sum = 0;
  let squares = 0;
  for (const value of direction) {
    sum += value;
    squares += value * value;
  }
  const mean = centred ? sum / direction.length : 0;
  const length = Math.sqrt(Math.max(0, squares / direction.length - mean * mean));
  if (length > 0) for (let i = 0; i < direction.length; i++) direction[i]! /= length;
  return length;
}

/** The highest and lowest of (logits − constant) against their mean, times `factor`. */
function extremes(logits: Float32Array, constant: Float32Array, factor: number) {
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += logits[id]! - constant[id]!;
  const mean = sum / logits.length;
  const highest = new Best(named);
  const lowest = new Best(named);
  for (let id = 0; id < logits.length; id++) {
    const value = logits[id]! - constant[id]! - mean;
    highest.offer(id, value);
    lowest.offer(id, -value);
  }
  const effects = (best: Best, sign: 1 | -1): readonly RawEffect[] =>
    best.entries
      .map(({ id, value }) => ({ id, effect: sign * factor * value }))
      .filter(({ effect }) => sign * effect > 0);
  return { promotes: effects(highest, 1), suppresses: effects(lowest, -1) };
}

/** The ids with the highest values, highest first; of equals the lowest id first. */
class Best {
  readonly entries: { readonly id: number; readonly value: number }[] = [];
  #least = Number.NEGATIVE_INFINITY;

  constructor(private readonly most: number) {}

  offer(id: number, value: number): void {
    if (value <= this.#least) return;
    const { entries } = this;
    let at = entries.length;
    while (at > 0 && value > entries[at - 1]!.value) at--;
    entries.splice(at, 0, { id, value });
    if (entries.length > this.most) entries.pop();
    if (entries.length === this.most) this.#least = entries.at(-1)!.value;
  }
}
