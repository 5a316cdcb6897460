import type { RawHead, RawHeadContext } from '../../core/partIndex/format';
import { attended } from '../../core/partIndex/types';
import type { Tensor } from '../tensor';
import type { Surroundings } from './attended';
import { contextOf, contextReach } from './neuronStats';
import { type PlacedText, type Reach, Tops, windowAt } from './tops';

const contexts = 6;
const contextLength = contextReach.before + contextReach.after + 1;
/** How much of the text around what was read is quoted. */
const readReach: Reach = { before: 5, after: 2 };
const readLength = readReach.before + readReach.after + 1;

/** What one layer's heads read and wrote in a text: `hook_pattern`, `hook_v` and `hook_z`. */
export interface HeadValues {
  readonly pattern: Tensor;
  readonly value: Tensor;
  readonly z: Tensor;
}

/** A head's context without what it promotes, and the value vector of what it read. */
export interface KeptHeadContext extends Omit<RawHeadContext, 'promotes'> {
  readonly vector: Float32Array;
}

/** What the heads of one layer looked at, text after text. */
export class HeadStats {
  /** [heads, kinds] */
  readonly #shares: Float64Array;
  /** [kinds]: what equal attention gives. */
  readonly #chances = new Float64Array(attended.length);
  readonly #entropies: Float64Array;
  readonly #tops: Tops;

  constructor(
    private readonly heads: number,
    private readonly headSize: number,
  ) {
    this.#shares = new Float64Array(heads * attended.length);
    this.#entropies = new Float64Array(heads);
    const payload = contextLength + 1 + readLength + headSize;
    this.#tops = new Tops(heads, contexts, payload, contextReach);
  }

  /** Everything there is to keep, in the order in which it is put back. */
  get arrays(): readonly (Float32Array | Float64Array | Int32Array)[] {
    return [this.#shares, this.#chances, this.#entropies, ...this.#tops.arrays];
  }

  /** Takes in what the heads did in text `number`. */
  add(values: HeadValues, number: number, texts: readonly PlacedText[], around: Surroundings): void {
    const { first, ids } = texts[number]!;
    const length = ids.length;
    const equal = new Float32Array(length);
    for (let query = first; query < length; query++) {
      equal.fill(1 / (query + 1), 0, query + 1);
      around.sharesOf(equal, query).forEach((share, kind) => {
        this.#chances[kind]! += share;
      });
    }
    for (let head = 0; head < this.heads; head++) {
      const at = this.#value(values, head);
      let best = { strength: 0, query: -1 };
      for (let query = first; query < length; query++) {
        const weights = patternRow(values.pattern, head, query);
        around.sharesOf(weights, query).forEach((share, kind) => {
          this.#shares[head * attended.length + kind]! += share;
        });
        this.#entropies[head]! += entropyOf(weights, query);
        const strength = this.#strength(values.z, head, query, weights[0]!, at(0));
        if (strength > best.strength) best = { strength, query };
      }
      if (best.query >= 0 && this.#tops.admits(head, best.strength)) {
        this.#keep(head, best, values, at, number, texts);
      }
    }
  }

  /** What is known of a head after `count` tokens, but its roles and what it promotes. */
  head(head: number, count: number, texts: readonly PlacedText[]) {
    const attention = attended.map((_, kind) => ({
      share: count > 0 ? this.#shares[head * attended.length + kind]! / count : 0,
      chance: count > 0 ? this.#chances[kind]! / count : 0,
    }));
    const entropy = count > 0 ? this.#entropies[head]! / count : 0;
    return { attention, entropy, contexts: this.kept(head, texts) } satisfies Omit<
      RawHead,
      'scores' | 'contexts'
    > & { readonly contexts: readonly KeptHeadContext[] };
  }

  /** The contexts of a head, strongest first. */
  kept(head: number, texts: readonly PlacedText[]): readonly KeptHeadContext[] {
    return this.#tops.of(head).map((top) => {
      const read = top.payload[contextLength]!;
      const around = top.payload.subarray(contextLength + 1, contextLength + 1 + readLength);
      const { start, peak, values } = contextOf(top, around, readReach, read, texts);
      return {
        ...contextOf(top, top.payload, contextReach, top.position, texts),
        strength: top.value,
        read: { start, peak, values },
        vector: top.payload.subarray(contextLength + 1 + readLength),
      };
    });
  }

  /** The value vectors that a head reads; several heads may share them. */
  #value({ value }: HeadValues, head: number): (position: number) => Float32Array {
    const groups = value.dims[2]!;
    const group = Math.floor((head * groups) / this.heads);
    return (position) => {
      const from = (position * groups + group) * this.headSize;
      return value.data.subarray(from, from + this.headSize);
    };
  }

  /** ‖z − A₀ v₀‖: how much the head hands on, without what it has from the first token, where idle heads rest. */
  #strength(z: Tensor, head: number, query: number, weight: number, rest: Float32Array): number {
    const from = (query * this.heads + head) * this.headSize;
    let sum = 0;
    for (let i = 0; i < this.headSize; i++) sum += (z.data[from + i]! - weight * rest[i]!) ** 2;
    return Math.sqrt(sum);
  }

  #keep(
    head: number,
    { strength, query }: { readonly strength: number; readonly query: number },
    { pattern }: HeadValues,
    valueAt: (position: number) => Float32Array,
    number: number,
    texts: readonly PlacedText[],
  ): void {
    const { first, ids } = texts[number]!;
    const weights = patternRow(pattern, head, query);
    let read = query;
    let most = -1;
    for (let key = first; key <= query; key++) {
      const brought = weights[key]! * Math.hypot(...valueAt(key));
      if (brought > most) [read, most] = [key, brought];
    }
    this.#tops.add(head, { value: strength, text: number, position: query }, texts, (payload) => {
      const around = windowAt(contextReach, query, first, ids.length);
      payload.set(weights.subarray(around.start, around.end), 0);
      payload[contextLength] = read;
      const near = windowAt(readReach, read, first, ids.length);
      payload.set(weights.subarray(near.start, near.end), contextLength + 1);
      payload.set(valueAt(read), contextLength + 1 + readLength);
    });
  }
}

/** The weights [S] of a head at a position; zero behind it. */
function patternRow({ dims, data }: Tensor, head: number, query: number): Float32Array {
  const size = dims[3]!;
  return data.subarray((head * size + query) * size, (head * size + query + 1) * size);
}

/** −Σ A log₂ A, in bits. */
function entropyOf(weights: Float32Array, query: number): number {
  let sum = 0;
  for (let key = 0; key <= query; key++) {
    const weight = weights[key]!;
    if (weight > 0) sum -= weight * Math.log2(weight);
  }
  return sum;
}
