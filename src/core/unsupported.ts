import { showProbability } from './display';
import type { Explanation, NameUse } from './explanation';
import { isLibraryName } from './knownNames/knownNames';
import { isMadeIn } from './nameUse';
import type { Origin } from './origin';

/** Chosen on names that exist and names that a model made up: `npm run bench -- answers`, docs/methods.md. */
const leastProbability = 0.05;

/** What else than the model's context may support a name. */
export interface Surroundings {
  /** Of the program; null where it is not known. */
  readonly language: string | null;
  /** The whole text that the context is a part of, also what stands below. */
  readonly document: string;
}

/**
 * The name that a token is part of, when nothing supports it: it is used as a member, called or imported, stands nowhere in
 * the context, was not copied, and the model did not recall it with confidence either; nor has the language's library a
 * name like it, nor does the document declare it or use it otherwise, nor stands it elsewhere in the program. Null otherwise.
 *
 * @param around null where only the context is known
 */
export function unsupportedName(
  { name }: Pick<Explanation, 'name'>,
  { kind }: Pick<Origin, 'kind'>,
  around: Surroundings | null,
): NameUse | null {
  if (!name || name.inContext || name.elsewhere || kind === 'copied') return null;
  if (name.probability >= leastProbability) return null;
  if (around === null) return name;
  const { language, document } = around;
  return isLibraryName(name.text, language) || isMadeIn(document, name.text) ? null : name;
}

const roleWords = { member: 'a member', call: 'a function', import: 'something to import' } as const;

/** The warning, in a sentence. */
export function unsupportedSentence({ text, role, probability }: NameUse): string {
  return `Not supported: ‘${text}’ is used as ${roleWords[role]}, stands nowhere in the context, and the model gave the name only ${showProbability(probability)}. It may not exist.`;
}
