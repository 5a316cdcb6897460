// Examples for a steering vector as text: in files of one side each, or both sides in one document that people fill in.

export interface Examples {
  readonly toward: readonly string[];
  readonly away: readonly string[];
}

/** Examples of one side, apart where a line says ---. The line breaks around it are not part of an example. */
export function splitExamples(text: string): string[] {
  return text.split(/\r?\n---\r?\n/);
}

const sides = /(?:^|\n)=== Toward[ \t]*\r?\n(.*?)(?<=\n)=== Away[ \t]*\r?\n(.*)$/s;

/** The examples of a document such as `exampleSheet` makes; null when it has not both sides. Blank ones do not count. */
export function readExampleSheet(text: string): Examples | null {
  const [, toward, away] = sides.exec(text) ?? [];
  if (toward === undefined || away === undefined) return null;
  const examples = (part: string) =>
    splitExamples(part.replace(/\r?\n$/, '')).filter((each) => each.trim() !== '');
  return { toward: examples(toward), away: examples(away) };
}

/** A document to fill in, with examples that people can try at once. */
export function exampleSheet(language: string): string {
  const { toward, away } = samples[language] ?? samples.python!;
  return `A steering vector is the direction, inside the model, from the second set of examples to the first.
Replace the examples with your own: pairs that differ in one thing only, each ending with what matters,
with a line --- between each two. Then run “Whence: Make Steering Vector…” here once more.

=== Toward
${toward.join('\n---\n')}
=== Away
${away.join('\n---\n')}
`;
}

const pythonBefore = [
  'def load(path):\n    if not path.exists():\n       ',
  'def find(items, key):\n    for item in items:\n        if item.key == key:\n            return item\n   ',
  'def divide(a, b):\n    if b == 0:\n       ',
];

const scriptBefore = [
  'function load(path) {\n  if (!exists(path)) {\n   ',
  'function find(items, key) {\n  for (const item of items) {\n    if (item.key === key) return item;\n  }\n ',
  'function divide(a, b) {\n  if (b === 0) {\n   ',
];

const ending = (texts: readonly string[], end: string) => texts.map((text) => `${text} ${end}`);

const script: Examples = { toward: ending(scriptBefore, 'throw'), away: ending(scriptBefore, 'return') };

/** By VS Code's language ids. */
const samples: Readonly<Record<string, Examples>> = {
  python: { toward: ending(pythonBefore, 'raise'), away: ending(pythonBefore, 'return') },
  typescript: script,
  typescriptreact: script,
  javascript: script,
  javascriptreact: script,
};
