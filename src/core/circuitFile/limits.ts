/** What a circuit file may ask for at most; beyond it a sentence says so. */
export const circuitLimits = {
  /** UTF-16 units of a file. */
  characters: 256 * 1024,
  /** UTF-16 units of a prompt once its slots are filled. */
  promptCharacters: 64 * 1024,
  /** Cases that prompts and slots make together. */
  cases: 1000,
  expectations: 200,
  /** Pairs of prompt and control that an audit makes: they are never in memory together. */
  pairs: 100_000,
  findings: 50,
  /** UTF-16 units of a pattern. */
  pattern: 1000,
  /** Tokens that a model writes after a prompt of an audit. */
  tokens: 200,
  /** Mistakes told of one file; the rest are usually their consequences. */
  diagnostics: 50,
} as const;
