import type { Tokenizer } from '../model';

/** The tokens of a vocabulary by their first byte, to find those that spell given bytes. */
export class TokenIndex {
  /** Every id that may be generated when nothing is prescribed: text, and special tokens, which end it. */
  readonly all: readonly number[];
  /** Length of the longest token. */
  readonly longest: number;
  readonly #byFirst: readonly number[][] = Array.from({ length: 256 }, () => []);

  constructor(private readonly tokenizer: Tokenizer) {
    const all: number[] = [];
    let longest = 0;
    for (let id = 0; id < tokenizer.vocabularySize; id++) {
      const bytes = tokenizer.bytesOf(id);
      if (bytes.length > 0) this.#byFirst[bytes[0]!]!.push(id);
      if (bytes.length > 0 || tokenizer.isSpecial(id)) all.push(id);
      longest = Math.max(longest, bytes.length);
    }
    this.all = all;
    this.longest = longest;
  }

  /** Whether a token begins with these bytes and goes on. */
  extends(bytes: Uint8Array): boolean {
    return this.#startingAs(bytes).some((id) => {
      const own = this.tokenizer.bytesOf(id);
      return own.length > bytes.length && agree(own, bytes);
    });
  }

  /** The tokens that a text which goes on with `rest` can go on with: they begin with it, or it begins with them. */
  spelling(rest: Uint8Array): readonly number[] {
    return this.#startingAs(rest).filter((id) => agree(this.tokenizer.bytesOf(id), rest));
  }

  #startingAs(bytes: Uint8Array): readonly number[] {
    return this.#byFirst[bytes[0] ?? -1] ?? [];
  }
}

const indices = new WeakMap<Tokenizer, TokenIndex>();

/** The index of a tokenizer, made once. */
export function tokenIndex(tokenizer: Tokenizer): TokenIndex {
  const known = indices.get(tokenizer) ?? new TokenIndex(tokenizer);
  indices.set(tokenizer, known);
  return known;
}

/** Whether two byte strings are equal as far as both go. */
function agree(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
