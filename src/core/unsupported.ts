import { showProbability } from './display';
import type { Explanation, NameUse } from './explanation';
import type { Origin } from './origin';

/** Chosen on names that exist and names that a model made up: `npm run bench -- answers`, docs/methods.md. */
const leastProbability = 0.05;

/**
 * The name that a token is part of, when nothing supports it: it is used as a member, called or imported, stands nowhere in
 * the context, was not copied, and the model did not recall it with confidence either. Null otherwise.
 */
export function unsupportedName(
  { name }: Pick<Explanation, 'name'>,
  { kind }: Pick<Origin, 'kind'>,
): NameUse | null {
  if (!name || name.inContext || kind === 'copied') return null;
  return name.probability < leastProbability ? name : null;
}

const roleWords = { member: 'a member', call: 'a function', import: 'something to import' } as const;

/** The warning, in a sentence. */
export function unsupportedSentence({ text, role, probability }: NameUse): string {
  return `Not supported: ‘${text}’ is used as ${roleWords[role]}, stands nowhere in the context, and the model gave the name only ${showProbability(probability)}. It may not exist.`;
}
