import type { Pattern } from '../../core/circuitFile/audit';
import { fillPattern } from '../../core/circuitFile/patternSlots';
import { WhenceError } from '../../core/errors';
import type { TextRange } from '../../core/text';
import { isTimeout, withinTime } from '../timed';
import type { Audit } from './subjects';

/** A pattern that takes longer on a few lines of text would never end. */
const milliseconds = 1000;

/**
 * Where a pattern first matches; null where it does not. Slots in it stand for their values as they are.
 *
 * @throws WhenceError `bad-input` where the pattern does not come to an end
 */
export function matchOf(
  { source, anyCase }: Pattern,
  values: Readonly<Record<string, string>>,
  text: string,
): TextRange | null {
  const found = searched(expressionOf({ source, anyCase }, values), source, text);
  return found && { start: found.index, end: found.index + found[0].length };
}

function searched(expression: RegExp, source: string, text: string): RegExpExecArray | null {
  try {
    return withinTime(milliseconds, () => expression.exec(text));
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    throw new WhenceError(
      'bad-input',
      `The pattern /${source}/ takes more than a second on ${text.length} characters: repeat nothing that is itself repeated.`,
      { cause },
    );
  }
}

/**
 * Whether every pattern of an audit can be searched with every row of its slots: it is known before hours of work, not
 * after. Values stand in groups of their own, so that each row can be tried by itself.
 *
 * @throws WhenceError `bad-input` that names the row
 */
export function checkPatterns({ file }: Pick<Audit, 'file'>): void {
  const first = Object.fromEntries(
    file.slots.flatMap(({ names, rows }) => names.map((name, at) => [name, rows[0]![at]!])),
  );
  for (const { claim } of file.findings) {
    if (claim.kind !== 'matches') continue;
    for (const { names, rows } of file.slots) {
      if (!names.some((name) => claim.pattern.source.includes(`{${name}}`))) continue;
      for (const row of rows) {
        const values = Object.fromEntries(names.map((name, at) => [name, row[at]!]));
        // A pattern is compiled when it is first searched.
        searched(expressionOf(claim.pattern, { ...first, ...values }), claim.pattern.source, '');
      }
    }
  }
}

function expressionOf({ source, anyCase }: Pattern, values: Readonly<Record<string, string>>): RegExp {
  try {
    return new RegExp(fillPattern(source, values), anyCase ? 'iu' : 'u');
  } catch (cause) {
    const row = Object.values(values).map((value) => JSON.stringify(value).slice(0, 40));
    throw new WhenceError(
      'bad-input',
      `The pattern /${source}/ is no regular expression with ${row.join(', ')} in it: ${(cause as Error).message.replace(/^.*: /s, '')}.`,
      { cause },
    );
  }
}
