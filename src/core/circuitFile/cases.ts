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
  return fillingsOf(file).map(({ prompt, values }, index) => {
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
  return fillingsOf(file).map(({ values }, index) => caseName({ values, index }));
}

/** What cases are made of. */
export type Filled = Pick<CircuitFile, 'prompts' | 'slots'>;

/** How many cases prompts and slots make together. */
export function caseCount({ prompts, slots }: Filled): number {
  return slots.reduce((all, { rows }) => all * rows.length, prompts.length);
}

/** Which prompt a case is of and the values that fill it: the last slot is the fastest. */
export function fillingAt({ slots, ...file }: Filled, index: number) {
  const rows: (readonly string[])[] = [];
  let rest = index;
  for (const slot of slots.toReversed()) {
    rows.unshift(slot.rows[rest % slot.rows.length]!);
    rest = Math.floor(rest / slot.rows.length);
  }
  if (rest >= file.prompts.length) throw new RangeError(`There is no case ${index}.`);
  const entries = slots.flatMap(({ names }, at) => names.map((name, of) => [name, rows[at]![of]!]));
  const values: Readonly<Record<string, string>> = Object.fromEntries(entries);
  return { prompt: rest, values };
}

function fillingsOf(file: Filled) {
  return Array.from({ length: caseCount(file) }, (_, index) => fillingAt(file, index));
}

/** What may be a slot in a text. */
export const slotPattern = /\{([A-Za-z_][\w-]*)\}/g;

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
  return text.replaceAll(slotPattern, (whole, name: string) => {
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
