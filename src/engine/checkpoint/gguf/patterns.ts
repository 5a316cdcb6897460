/** GPT-2's: words, numbers and the rest, each with the space before it. */
const gpt2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** That of GPT-4 and its successors, with at most so many digits in a piece. */
function gpt4(digits: string): string {
  return String.raw`'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
}

const cjk = '[一-龥ࠀ-一가-퟿]+';

/** By `tokenizer.ggml.pre`, the expressions that cut a text into pieces, one after another. */
const byName: Readonly<Record<string, readonly string[]>> = {
  default: [String.raw`[\p{P}\$\+<=>\^~\|]+`, gpt2, String.raw`\p{N}+`, '[0-9][0-9][0-9]'],
  ...named(['gpt-2', 'mpt', 'olmo', 'jais', 'phi-2', 'roberta-bpe'], [gpt2]),
  ...named(['smollm', 'starcoder', 'refact', 'command-r', 'codeshell'], [String.raw`\p{N}`, gpt2]),
  ...named(['qwen2', 'stablelm2', 'deepseek-r1-qwen', 'megrez'], [gpt4('')]),
  ...named(['llama-bpe', 'llama3', 'llama-v3', 'dbrx', 'smaug-bpe', 'falcon3'], [gpt4('{1,3}')]),
  'deepseek-coder': ['[\\r\\n]', String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, cjk, String.raw`\p{N}`],
};

/** Null for rules that are not known. */
export function splitPatterns(name: string): readonly string[] | null {
  return Object.hasOwn(byName, name) ? byName[name]! : null;
}

function named(names: readonly string[], patterns: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, patterns]));
}
