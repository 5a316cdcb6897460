import type { RawNeuron } from '../../core/partIndex/format';
import { sideShare } from '../../core/partIndex/types';
import type { Tensor } from '../tensor';
import { Histograms } from './histogram';
import { type PlacedText, type Reach, type Top, Tops, windowAt } from './tops';

/** How much of the text around an activation is quoted. */
export const contextReach: Reach = { before: 11, after: 4 };
const contexts = 6;
const windowLength = contextReach.before + contextReach.after + 1;

/** The shares of a neuron's quantiles. */
export const quantileShares = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999] as const;

/** What the neurons of one layer did, text after text. */
export class NeuronStats {
  readonly #sums: Float64Array;
  readonly #least: Float32Array;
  readonly #most: Float32Array;
  readonly #histograms: Histograms;
  /** Two slots a neuron: where it is positive, where it is negative. */
  readonly #tops: Tops;

  constructor(private readonly neurons: number) {
    this.#sums = new Float64Array(neurons);
    this.#least = new Float32Array(neurons).fill(Number.POSITIVE_INFINITY);
    this.#most = new Float32Array(neurons).fill(Number.NEGATIVE_INFINITY);
    this.#histograms = new Histograms(neurons);
    this.#tops = new Tops(2 * neurons, contexts, windowLength, contextReach);
  }

  /** Everything there is to keep, in the order in which it is put back. */
  get arrays(): readonly (Float32Array | Float64Array | Int32Array | Uint32Array)[] {
    return [this.#sums, this.#least, this.#most, this.#histograms.counts, ...this.#tops.arrays];
  }

  /** Takes in the activations [1, S, F] of text `number`. */
  add({ data }: Tensor, number: number, texts: readonly PlacedText[]): void {
    const { neurons } = this;
    const { first, ids } = texts[number]!;
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    const highest = new Float32Array(neurons);
    const lowest = new Float32Array(neurons);
    const highestAt = new Int32Array(neurons);
    const lowestAt = new Int32Array(neurons);
    for (let position = first; position < ids.length; position++) {
      for (let neuron = 0, at = position * neurons; neuron < neurons; neuron++, at++) {
        const value = data[at]!;
        this.#sums[neuron]! += value;
        this.#histograms.add(neuron, bits[at]!);
        if (value > this.#most[neuron]!) this.#most[neuron] = value;
        if (value < this.#least[neuron]!) this.#least[neuron] = value;
        if (value > highest[neuron]!) {
          highest[neuron] = value;
          highestAt[neuron] = position;
        } else if (value < lowest[neuron]!) {
          lowest[neuron] = value;
          lowestAt[neuron] = position;
        }
      }
    }
    const offer = (slot: number, neuron: number, value: number, position: number) => {
      if (!this.#tops.admits(slot, value)) return;
      this.#tops.add(slot, { value, text: number, position }, texts, (payload) => {
        const { start, end } = windowAt(contextReach, position, first, ids.length);
        for (let at = start; at < end; at++) payload[at - start] = data[at * neurons + neuron]!;
      });
    };
    for (let neuron = 0; neuron < neurons; neuron++) {
      offer(2 * neuron, neuron, highest[neuron]!, highestAt[neuron]!);
      offer(2 * neuron + 1, neuron, -lowest[neuron]!, lowestAt[neuron]!);
    }
  }

  /** What is known of a neuron after `count` tokens; what it promotes is no matter of texts. */
  neuron(
    neuron: number,
    count: number,
    texts: readonly PlacedText[],
  ): Omit<RawNeuron, 'promotes' | 'suppresses'> {
    const [max, min] = count > 0 ? [this.#most[neuron]!, this.#least[neuron]!] : [0, 0];
    const side = (sign: 1 | -1) => ({
      sign,
      frequency: this.#histograms.active(neuron, sign > 0 ? max : min) / count,
      contexts: this.#tops
        .of(2 * neuron + (sign > 0 ? 0 : 1))
        .map((top) => contextOf(top, top.payload, contextReach, top.position, texts)),
    });
    const strongest = Math.max(max, -min);
    const order = max >= -min ? ([1, -1] as const) : ([-1, 1] as const);
    return {
      mean: count > 0 ? this.#sums[neuron]! / count : 0,
      min,
      max,
      quantiles: quantileShares.map((share) => this.#histograms.quantile(neuron, share)),
      sides: order
        .filter((sign) => (sign > 0 ? max : -min) > 0 && (sign > 0 ? max : -min) >= sideShare * strongest)
        .map(side),
    };
  }
}

/** A kept place as a context: its window around `peak`, with the values that were kept for it. */
export function contextOf(
  { text }: Top,
  kept: Float32Array,
  reach: Reach,
  peak: number,
  texts: readonly PlacedText[],
) {
  const { first, ids, lines } = texts[text]!;
  const { start, end } = windowAt(reach, peak, first, ids.length);
  return { text, line: lines[peak]!, start, peak, values: [...kept.subarray(0, end - start)] };
}
