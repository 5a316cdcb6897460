import type { RawText } from '../../core/partIndex/format';

/** A window of tokens around a place: so many before it and after it. */
export interface Reach {
  readonly before: number;
  readonly after: number;
}

/** Where the window of a place lies in a text whose tokens count from `first` on: `end` is one behind the last. */
export function windowAt({ before, after }: Reach, position: number, first: number, length: number) {
  return { start: Math.max(first, position - before), end: Math.min(length, position + after + 1) };
}

/** One of the strongest places of a slot. */
export interface Top {
  readonly value: number;
  readonly text: number;
  readonly position: number;
  /** What was kept with it. */
  readonly payload: Float32Array;
}

/**
 * The strongest places of many slots (a neuron's side, a head), a few of each, strongest first, in flat arrays. Places
 * whose windows hold the same tokens count once, the stronger: a licence at the head of every file is one context.
 */
export class Tops {
  readonly #values: Float32Array;
  readonly #texts: Int32Array;
  readonly #positions: Int32Array;
  readonly #payloads: Float32Array;

  constructor(
    slots: number,
    private readonly most: number,
    private readonly payload: number,
    private readonly reach: Reach,
  ) {
    this.#values = new Float32Array(slots * most);
    this.#texts = new Int32Array(slots * most).fill(-1);
    this.#positions = new Int32Array(slots * most);
    this.#payloads = new Float32Array(slots * most * payload);
  }

  /** Everything there is to keep, in the order in which it is put back. */
  get arrays(): readonly (Float32Array | Int32Array)[] {
    return [this.#values, this.#texts, this.#positions, this.#payloads];
  }

  /** Whether a place with this value, above zero, would be among the strongest. */
  admits(slot: number, value: number): boolean {
    return value > this.#values[(slot + 1) * this.most - 1]!;
  }

  /** Takes in a place that is admitted; `fill` writes what is kept with it. Of equals the earlier stays before. */
  add(
    slot: number,
    place: Pick<Top, 'value' | 'text' | 'position'>,
    texts: readonly Pick<PlacedText, 'ids' | 'first'>[],
    fill: (payload: Float32Array) => void,
  ): void {
    const first = slot * this.most;
    const twin = this.#twin(first, place, texts);
    if (twin !== null && this.#values[twin]! >= place.value) return;
    let at = twin ?? first + this.most - 1;
    for (; at > first && place.value > this.#values[at - 1]!; at--) this.#move(at - 1, at);
    this.#values[at] = place.value;
    this.#texts[at] = place.text;
    this.#positions[at] = place.position;
    const payload = this.#payloads.subarray(at * this.payload, (at + 1) * this.payload);
    payload.fill(0);
    fill(payload);
  }

  /** The places of a slot, strongest first. */
  of(slot: number): readonly Top[] {
    const tops: Top[] = [];
    for (let at = slot * this.most; at < (slot + 1) * this.most && this.#texts[at]! >= 0; at++) {
      tops.push({
        value: this.#values[at]!,
        text: this.#texts[at]!,
        position: this.#positions[at]!,
        payload: this.#payloads.subarray(at * this.payload, (at + 1) * this.payload),
      });
    }
    return tops;
  }

  #twin(
    first: number,
    { text, position }: Pick<Top, 'text' | 'position'>,
    texts: readonly Pick<PlacedText, 'ids' | 'first'>[],
  ): number | null {
    const tokens = (index: number, at: number) => {
      const { ids, first: begin } = texts[index]!;
      const { start, end } = windowAt(this.reach, at, begin, ids.length);
      return ids.subarray(start, end);
    };
    const own = tokens(text, position);
    for (let at = first; at < first + this.most && this.#texts[at]! >= 0; at++) {
      const other = tokens(this.#texts[at]!, this.#positions[at]!);
      if (other.length === own.length && other.every((id, index) => id === own[index])) return at;
    }
    return null;
  }

  #move(from: number, to: number): void {
    this.#values[to] = this.#values[from]!;
    this.#texts[to] = this.#texts[from]!;
    this.#positions[to] = this.#positions[from]!;
    this.#payloads.copyWithin(to * this.payload, from * this.payload, (from + 1) * this.payload);
  }
}

/** A piece of a file of the corpus, as the model reads it. */
export interface PlacedText extends RawText {
  /** The first token that counts: not what the prompt format puts before a text, and never the very first. */
  readonly first: number;
  /** By token, its line in the file, from 1. */
  readonly lines: Int32Array;
  /** By token, the token that is the innermost bracket still open there; −1 where none is in this piece. */
  readonly openers: Int32Array;
}
