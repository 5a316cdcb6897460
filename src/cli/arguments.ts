import { type ParseArgsConfig, parseArgs } from 'node:util';
import { WhenceError } from '../core/errors';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * The options of a subcommand by name.
 *
 * @throws WhenceError `bad-argument` for what is no option, lacks its value or stands alone
 */
export function parseOptions<const T extends Options>(argv: readonly string[], options: T) {
  return parsed(argv, options, false).values;
}

/** Like `parseOptions`, with the arguments that are no options as `positionals`. */
export function parseOptionsAndFiles<const T extends Options>(argv: readonly string[], options: T) {
  return parsed(argv, options, true);
}

function parsed<const T extends Options>(argv: readonly string[], options: T, allowPositionals: boolean) {
  try {
    return parseArgs({ args: withValues(argv, options), options, strict: true, allowPositionals });
  } catch (thrown) {
    const { message } = thrown as Error;
    // Node's messages go on with advice about its own API after the first sentence.
    const sentence = message.split(/\. |\n/)[0]!.replace(/\.$/, '');
    throw new WhenceError('bad-argument', `${sentence}: whence --help lists what can be given.`);
  }
}

/** A number below zero is the value of the option before it, which then says what is wrong with it. */
function withValues(argv: readonly string[], options: Options): string[] {
  const args: string[] = [];
  for (const argument of argv) {
    const before = args.at(-1);
    const takesValue = before?.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesValue && /^-[\d.]/.test(argument)) args.splice(-1, 1, `${before}=${argument}`);
    else args.push(argument);
  }
  return args;
}

/** Token N, or the tokens A to B, as `position` and an exclusive `end`; both null when the option was not given. */
export function positionOf(text: string | undefined): {
  readonly position: number | null;
  readonly end: number | null;
} {
  if (text === undefined) return { position: null, end: null };
  const [, first, last] = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim()) ?? [];
  const position = Number(first);
  if (first !== undefined && Number.isSafeInteger(position) && Number(last ?? first) >= position) {
    return { position, end: last === undefined ? null : Number(last) + 1 };
  }
  throw new WhenceError(
    'bad-argument',
    `--position takes the number of a token of the prompt, as 12, or the first and the last of several, as 12..20, not ${JSON.stringify(text)}; --json lists the tokens with their numbers.`,
  );
}

/** The one of the known words that was given. */
export function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text);
  if (found) return found;
  throw new WhenceError(
    'bad-argument',
    `There is no ${option} ${JSON.stringify(text)}: use ${known.join(', ')}.`,
  );
}

/** A whole number in a range, or the fallback when the option was not given. */
export function integerOf<T>(
  option: string,
  text: string | undefined,
  fallback: T,
  range: { readonly least: number; readonly most: number },
): number | T {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= range.least && value <= range.most)
    return value;
  throw new WhenceError(
    'bad-argument',
    `--${option} takes a whole number from ${range.least} to ${range.most}, not ${JSON.stringify(text)}.`,
  );
}

/** A number that is not negative, or the fallback when the option was not given. */
export function numberOf(option: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= most) return value;
  throw new WhenceError(
    'bad-argument',
    `--${option} takes a number from 0 to ${most}, not ${JSON.stringify(text)}.`,
  );
}

/** Token ids separated by commas. */
export function idsOf(text: string): number[] {
  const ids = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (ids.every(Number.isSafeInteger)) return ids;
  throw new WhenceError(
    'bad-argument',
    `--tokens takes token ids separated by commas, as in 1,2,3, not ${JSON.stringify(text)}.`,
  );
}
