import { join } from 'node:path';
import type { Explanation } from '../core/explanation';
import { type Granularity, granularities, type ScoredUnit, scoredUnits, unitsOf } from '../core/granularity';
import { Grammars } from '../engine/syntax/grammars';
import { segmentsOf } from '../engine/syntax/segments';
import { oneOf } from './arguments';
import type { Prompt } from './prompt';

/** The program is dist/cli.js, the grammars lie beside it. */
export const grammars = new Grammars(join(__dirname, 'tree-sitter'));

/** @throws WhenceError `bad-argument` for a word that names none */
export function granularityOf(text: string): Granularity {
  return oneOf('granularity', text, granularities);
}

/** The sources summed at a granularity, in the order of the text; null for tokens, which are the sources themselves. */
export async function unitsAt(
  granularity: Granularity,
  { tokens, sources }: Explanation,
  { text, language }: Prompt,
): Promise<readonly ScoredUnit[] | null> {
  if (granularity === 'token') return null;
  const segments = await segmentsOf(grammars, text, language);
  return scoredUnits(unitsOf(tokens.slice(0, sources.length), segments[granularity], text), sources);
}
