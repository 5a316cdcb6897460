import { WhenceError } from '../errors';
import { circuitLimits } from './limits';
import type { CircuitFile } from './syntax';

/** A prompt in which every slot has a value. */
export interface CircuitCase {
  /** From 0, in the order of prompts, then of slots as they are written, the last one fastest. */
  readonly index: number;
  readonly values: Readonly<Record<string, string>>;
  readonly text: string;
  /** VS Code's language id; null for plain text. */
  readonly language: string | null;
  readonly answer: string;
  readonly contrast: string | null;
}

/** A prompt's text as it was read. */
export interface PromptText {
  readonly text: string;
  readonly language: string | null;
}

/**
 * Every prompt with every row of every slot.
 *
 * @param prompts one for each of `file.prompts`, in their order
 * @throws WhenceError `bad-input` when a text becomes too long
 */
export function casesOf(file: CircuitFile, prompts: readonly PromptText[]): CircuitCase[] {
  return outlineOf(file).map(({ prompt, values }, index) => {
    const { text, language } = prompts[prompt]!;
    return {
      index,
      values,
      text: fill(text, values),
      language,
      answer: fill(file.answer, values),
      contrast: file.contrast === null ? null : fill(file.contrast, values),
    };
  });
}

/** The names of a file's cases, in their order; prompts in files need not be read for them. */
export function caseNamesOf(file: CircuitFile): string[] {
  return outlineOf(file).map(({ values }, index) => caseName({ values, index }));
}

/** Of every case, which prompt it is of and the values that fill it. */
function outlineOf({ prompts, slots }: CircuitFile) {
  let fillings: Readonly<Record<string, string>>[] = [{}];
  for (const { names, rows } of slots) {
    fillings = fillings.flatMap((values) =>
      rows.map((row) => ({ ...values, ...Object.fromEntries(names.map((name, at) => [name, row[at]!])) })),
    );
  }
  return prompts.flatMap((_, prompt) => fillings.map((values) => ({ prompt, values })));
}

/**
 * Puts the values of slots in the place of `{name}`. Braces around anything else stay: code is full of them.
 *
 * @throws WhenceError `bad-input` when the text becomes too long
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  const limit = circuitLimits.promptCharacters;
  let length = text.length;
  const check = () => {
    if (length <= limit) return;
    throw new WhenceError(
      'bad-input',
      `A prompt with its slots filled has more than ${limit} characters: shorten it.`,
    );
  };
  check();
  return text.replaceAll(/\{([A-Za-z_][\w-]*)\}/g, (whole, name: string) => {
    if (!Object.hasOwn(values, name)) return whole;
    length += values[name]!.length - whole.length;
    check();
    return values[name]!;
  });
}

/** What tells a case from the others, for people: its values, or its number. */
export function caseName({ values, index }: Pick<CircuitCase, 'values' | 'index'>): string {
  const filled = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return filled.length === 0 ? `prompt ${index + 1}` : filled.join(', ');
}
