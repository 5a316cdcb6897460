import type { Model, Tokenizer } from '../../src/engine/model';

/**
 * A tokenizer for models built by hand: each character of `letters` is the token of its place, after the token 0, which
 * begins every text.
 */
function lettersTokenizer(letters: string): Tokenizer {
  const idOf = (character: string) => {
    const at = letters.indexOf(character);
    if (at < 0) throw new Error(`${JSON.stringify(character)} is no letter of this model.`);
    return at + 1;
  };
  const textOf = (id: number) => (id === 0 ? '<begin>' : (letters[id - 1] ?? `<unused ${id}>`));
  const tokens = (ids: readonly number[]) =>
    ids.map((id, index) => ({
      id,
      text: textOf(id),
      special: id === 0,
      start: index,
      end: index + (id === 0 ? 0 : 1),
    }));
  return {
    vocabularySize: letters.length + 1,
    encode: (text) => tokens([...text].map(idOf)),
    encodeBehind: (text) => tokens([...text].map(idOf)),
    fillInMiddle: null,
    chat: null,
    encodeMarked: (text) => [...text].map(idOf),
    locate: tokens,
    decode: (ids) => ids.map((id) => (id === 0 ? '' : textOf(id))).join(''),
    bytesOf: (id) => new TextEncoder().encode(id === 0 ? '' : textOf(id)),
    textOf,
    isSpecial: (id) => id === 0,
    endOfText: new Set(),
    prefix: () => [0],
  };
}

/** The model as one that reads text. */
export function withLetters(model: Model, letters: string): Model {
  return Object.create(model, { tokenizer: { value: lettersTokenizer(letters) } }) as Model;
}
