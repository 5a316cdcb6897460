import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../../src/engine/explain/random';
import type { Model } from '../../src/engine/model';

/** Contexts cut at random from this repository's TypeScript and Python; they change with the code. */
export function* realContexts(
  model: Model,
  range: { least: number; most: number },
  seed = 7,
): Generator<number[]> {
  const random = randomFrom([seed]);
  const below = (limit: number) => Math.floor(random() * limit);
  const files = { typescript: filesOf('.ts'), python: filesOf('.py') };
  for (let turn = 0; ; turn++) {
    const language = turn % 2 === 0 ? 'typescript' : 'python';
    const file = files[language][below(files[language].length)]!;
    const tokens = model.tokenizer.encode(readFileSync(file, 'utf8')).map(({ id }) => id);
    const length = range.least + below(range.most - range.least);
    if (tokens.length <= length) continue;
    const start = below(tokens.length - length);
    yield [...model.tokenizer.prefix(language), ...tokens.slice(start, start + length)];
  }
}

function filesOf(suffix: string): string[] {
  return ['src', 'samples', 'test', 'training'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, name)),
  );
}
