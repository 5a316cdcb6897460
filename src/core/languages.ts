/** VS Code's language ids by the endings of files. */
const languages: Readonly<Record<string, string>> = {
  py: 'python',
  pyi: 'python',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescriptreact',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascriptreact',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  hpp: 'cpp',
  cs: 'csharp',
  go: 'go',
  java: 'java',
  kt: 'kotlin',
  php: 'php',
  rb: 'ruby',
  rs: 'rust',
  scala: 'scala',
  sh: 'shellscript',
  swift: 'swift',
};

/** The language of a file of code by its name; null for what is no code, or of a language not named here. */
export function languageOfPath(path: string): string | null {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(languages, ending) ? languages[ending]! : null;
}

/** How the name of a file in a language ends, dot included; `.txt` where none is known. */
export function extensionOf(language: string | null): string {
  const ending = Object.keys(languages).find((candidate) => languages[candidate] === language);
  return `.${ending ?? 'txt'}`;
}
