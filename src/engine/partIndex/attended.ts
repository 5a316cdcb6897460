import { type Attended, attended } from '../../core/partIndex/types';
import type { PlacedText } from './tops';

const lineBreak = /\n/;
const blank = /^[ \t]+$/;
/** A bracket with nothing of a name, number or string beside it. */
const bracket = /^[^\w"'`]*[()[\]{}][^\w"'`]*$/;

/** What of a text a head may look at from each position. */
export class Surroundings {
  /** By token, the one before it with the same id, the very first left out; −1 where there is none. */
  readonly #sameBefore: Int32Array;
  readonly #kinds: readonly (readonly [Attended, Uint8Array])[];

  constructor(
    private readonly text: PlacedText,
    textOf: (id: number) => string,
  ) {
    const { ids } = text;
    const seen = new Map<number, number>();
    this.#sameBefore = ids.map((id, position) => {
      const before = seen.get(id) ?? -1;
      if (position > 0) seen.set(id, position);
      return before;
    });
    const marked = (pattern: RegExp) =>
      Uint8Array.from(ids, (id, position) => (position > 0 && pattern.test(textOf(id)) ? 1 : 0));
    this.#kinds = [
      ['newline', marked(lineBreak)],
      ['indentation', marked(blank)],
      ['bracket', marked(bracket)],
    ];
  }

  /** By kind, in the order of `attended`, how much of `weights` [S], those of position `query`, lies there. */
  sharesOf(weights: Float32Array, query: number): Float64Array {
    const shares: Record<Attended, number> = {
      first: weights[0]!,
      self: weights[query]!,
      previous: query > 1 ? weights[query - 1]! : 0,
      same: 0,
      afterSame: 0,
      newline: 0,
      indentation: 0,
      bracket: 0,
      opener: 0,
    };
    const opener = this.text.openers[query]!;
    if (opener > 0) shares.opener = weights[opener]!;
    for (let at = this.#sameBefore[query]!; at > 0; at = this.#sameBefore[at]!) {
      shares.same += weights[at]!;
      shares.afterSame += weights[at + 1]!;
    }
    for (const [kind, marks] of this.#kinds) {
      let sum = 0;
      for (let key = 1; key <= query; key++) if (marks[key]) sum += weights[key]!;
      shares[kind] = sum;
    }
    return Float64Array.from(attended, (kind) => shares[kind]);
  }
}
