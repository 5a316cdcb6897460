import { isFillSpelling } from './fillInMiddle';
import { utf8 } from './utf8';

/** How a vocabulary writes bytes: one letter for each byte (GPT-2), or text with `▁` for a space and `<0x0A>` (Llama). */
export type SpellingKind = 'byteLevel' | 'byteFallback';

/** An entry of `added_tokens` in tokenizer.json. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

const noBytes = new Uint8Array(0);
const space = 0x20;

/** What every token id of a model stands for. */
export class Vocabulary {
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  readonly #special = new Set<number>();

  /**
   * `tokens` are the model's own, by their spelling in tokenizer.json; what is in `added` only stands as it is written.
   */
  constructor(kind: SpellingKind, tokens: ReadonlyMap<string, number>, added: readonly AddedToken[]) {
    const bytesOf = kind === 'byteLevel' ? byteLevelBytes : byteFallbackBytes;
    for (const [spelling, id] of tokens) {
      this.#names[id] = spelling;
      this.#bytes[id] = isFillSpelling(spelling) ? noBytes : bytesOf(spelling);
      if (isFillSpelling(spelling)) this.#special.add(id);
    }
    for (const token of added) {
      const { id, content } = token;
      this.#names[id] = content;
      this.#bytes[id] = isControl(token) ? noBytes : (this.#bytes[id] ?? utf8(content));
      if (isControl(token)) this.#special.add(id);
    }
  }

  /** One more than the largest id. */
  get size(): number {
    return this.#names.length;
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** Empty for special tokens and for ids that no token has. */
  bytesOf(id: number): Uint8Array {
    return this.#bytes[id] ?? noBytes;
  }

  /** The spelling in tokenizer.json; ids that no token has, as padded embeddings have, are named by their number. */
  nameOf(id: number): string {
    return this.#names[id] ?? `<unused ${id}>`;
  }

  /** The ids of special tokens by their spelling. */
  get specials(): ReadonlyMap<string, number> {
    return new Map([...this.#special].map((id) => [this.nameOf(id), id]));
  }

  /** Bytes that no token stands for alone. */
  get missing(): ReadonlySet<number> {
    const single = new Set(this.#bytes.filter((bytes) => bytes?.length === 1).map((bytes) => bytes![0]));
    return new Set(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !single.has(byte)));
  }
}

/**
 * Whether an added token is control rather than text. Some tokenizers leave `special` off fill-in-the-middle tokens,
 * so names between `<|` and `|>` count as control too: a document that spells one must not become an instruction.
 */
export function isControl({ special, content }: AddedToken): boolean {
  return special || isFillSpelling(content) || /^<[|｜].*[|｜]>$/su.test(content);
}

/** The letter that stands for each byte in byte-level vocabularies (Radford et al. 2019, GPT-2's `bytes_to_unicode`). */
const byteOfLetter: ReadonlyMap<string, number> = (() => {
  const letters = new Map<string, number>();
  let invisible = 0;
  for (let byte = 0; byte < 256; byte++) {
    const visible =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    letters.set(String.fromCodePoint(visible ? byte : 256 + invisible++), byte);
  }
  return letters;
})();

/** A spelling with a letter that stands for no byte is taken as it is written. */
function byteLevelBytes(spelling: string): Uint8Array {
  const bytes = Array.from(spelling, (letter) => byteOfLetter.get(letter));
  return bytes.includes(undefined) ? utf8(spelling) : Uint8Array.from(bytes as number[]);
}

function byteFallbackBytes(spelling: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(spelling)?.[1];
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  return spelling === '▁' ? Uint8Array.of(space) : utf8(spelling.replaceAll('▁', ' '));
}
