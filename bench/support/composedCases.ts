import { draw, randomFrom } from '../../src/engine/explain/random';
import type { OriginCase } from './originCases';

/** Two texts that differ in one line far up, so that what comes next is known to need it where it comes in one alone. */
export interface ComposedCase extends Pick<OriginCase, 'language'> {
  readonly prompt: string;
  /** The same with the line of another kind of value. */
  readonly others: readonly string[];
}

const values: Readonly<Record<OriginCase['language'], readonly string[]>> = {
  python: ['@ = []', '@ = {}', '@ = set()', '@ = "abc"', '@ = open(path)', '@ = re.compile("a")'],
  typescript: [
    'const @ = [];',
    'const @ = new Map();',
    'const @ = "abc";',
    'const @ = new Set();',
    'const @ = new Date();',
    'const @ = document;',
  ],
};
const between: Readonly<Record<OriginCase['language'], readonly string[]>> = {
  python: [
    '\nwidth = 12\nheight = 30\nif width > height:\n    width = height\n\n',
    '\n\n\ndef run(x):\n    y = x + 1\n    z = y * 2\n    ',
  ],
  typescript: [
    '\nlet width = 12;\nlet height = 30;\nif (width > height) {\n  width = height;\n}\n\n',
    '\n\nfunction run(x: number) {\n  const y = x + 1;\n  const z = y * 2;\n  ',
  ],
};
const names = ['items', 'result', 'seen', 'cache', 'values', 'data', 'names', 'found', 'left', 'state'];

/** Members of values whose kind is told far up. */
export function composedCases(): ComposedCase[] {
  const random = randomFrom([4]);
  return (['python', 'typescript'] as const).flatMap((language) =>
    between[language].flatMap((filler) =>
      draw(names, 8, random).flatMap((name) =>
        values[language].map((value): ComposedCase => {
          const prompts = values[language].map((other) => `${other.replace('@', name)}${filler}${name}.`);
          const own = prompts[values[language].indexOf(value)]!;
          return { language, prompt: own, others: prompts.filter((prompt) => prompt !== own) };
        }),
      ),
    ),
  );
}
