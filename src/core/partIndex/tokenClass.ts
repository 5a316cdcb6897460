/** Kinds of token that rules know, with the words for what they are; the first that fits is a token's. */
export const tokenClasses = {
  lineBreak: { words: 'line breaks', one: 'a line break', fits: /^[ \t]*\r?\n\s*$/ },
  indentation: { words: 'indentation', one: 'indentation', fits: /^[ \t]+$/ },
  closing: { words: 'closing brackets', one: 'a closing bracket', fits: /^\s*[)\]}]+[,;:.]?\s*$/ },
  opening: { words: 'opening brackets', one: 'an opening bracket', fits: /^\s*[([{]+\s*$/ },
  quote: { words: 'quotes', one: 'a quote', fits: /^\s*["'`]+\s*$/ },
  number: { words: 'numbers', one: 'a number', fits: /^\s*\d+$/ },
  operator: { words: 'operators', one: 'an operator', fits: /^\s*[-+*/%=<>!&|^~]+\s*$/ },
  capitals: { words: 'names in capitals', one: 'a name in capitals', fits: /^\s*_?[A-Z][A-Z_]+$/ },
} as const;
export type TokenClass = keyof typeof tokenClasses;

const names = Object.keys(tokenClasses) as TokenClass[];

/** The class of a token; null for words and all else. */
export function classOf(token: string): TokenClass | null {
  return names.find((name) => tokenClasses[name].fits.test(token)) ?? null;
}
