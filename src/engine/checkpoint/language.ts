/** How a language shows its structure: by indentation, by brackets, or, for prose, not at all. */
export type LanguageFamily = 'indent' | 'brace' | 'plain';

const indented = new Set([
  'python',
  'yaml',
  'dockercompose',
  'coffeescript',
  'makefile',
  'nim',
  'fsharp',
  'haml',
]);
const plain = new Set(['plaintext', 'markdown', 'restructuredtext', 'latex', 'log', 'diff', 'git-commit']);

/** The family of a VS Code language id; languages not named here are taken to use brackets. */
export function languageFamily(language: string | null): LanguageFamily {
  if (language === null || plain.has(language)) return 'plain';
  return indented.has(language) ? 'indent' : 'brace';
}

/** Names a language's tag may have in a vocabulary, the likeliest first. */
const tagNames: Readonly<Record<string, readonly string[]>> = {
  python: ['python', 'py'],
  typescript: ['typescript', 'ts'],
  typescriptreact: ['typescriptreact', 'tsx', 'typescript', 'ts'],
  javascript: ['javascript', 'js', 'typescript', 'ts'],
  javascriptreact: ['javascriptreact', 'jsx', 'javascript', 'js', 'tsx', 'typescript', 'ts'],
  csharp: ['csharp', 'cs', 'c#'],
  cpp: ['cpp', 'c++'],
  rust: ['rust', 'rs'],
  ruby: ['ruby', 'rb'],
  shellscript: ['shellscript', 'shell', 'bash', 'sh'],
  markdown: ['markdown', 'md'],
};

/** The tag whose language looks most alike, where a language has none of its own. */
const nearest: Readonly<Record<LanguageFamily, string>> = {
  indent: 'python',
  brace: 'typescript',
  plain: 'python',
};

/**
 * The language tag for a VS Code language id among a model's special tokens, given as `name` → id of `<|name|>`: the
 * language's own; else, where the model knows tags of programming languages at all, that of a language which shows its
 * structure in the same way; else null.
 */
export function languageTag(language: string | null, tags: ReadonlyMap<string, number>): number | null {
  const namesOf = (id: string): readonly string[] => tagNames[id] ?? [id];
  const find = (id: string): number | undefined =>
    namesOf(id)
      .map((name) => tags.get(name))
      .find((tag) => tag !== undefined);
  const own = language === null ? undefined : find(language);
  return own ?? find(nearest[languageFamily(language)]) ?? find('python') ?? find('typescript') ?? null;
}
