import { createContext, Script } from 'node:vm';
import type { Pattern } from '../../core/circuitFile/audit';
import { fillPattern } from '../../core/circuitFile/patternSlots';
import { WhenceError } from '../../core/errors';
import type { TextRange } from '../../core/text';
import type { Audit } from './subjects';

/** A pattern that takes longer on a few lines of text would never end. */
const milliseconds = 1000;

const search = new Script('expression.exec(text)');
const context = createContext({ expression: /x/, text: '' });

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
  context.expression = expressionOf({ source, anyCase }, values);
  context.text = text;
  const found = searched(source);
  return found && { start: found.index, end: found.index + found[0].length };
}

/** By the processor's time: on a busy machine a second by the clock is nothing. */
function searched(source: string): RegExpExecArray | null {
  const begun = process.cpuUsage();
  for (let limit = milliseconds; ; limit *= 2) {
    try {
      return search.runInContext(context, { timeout: limit });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
      const { user, system } = process.cpuUsage(begun);
      if (user + system < 1000 * milliseconds) continue;
      throw new WhenceError(
        'bad-input',
        `The pattern /${source}/ takes more than a second on ${context.text.length} characters: repeat nothing that is itself repeated.`,
        { cause },
      );
    }
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
        context.text = '';
        context.expression = expressionOf(claim.pattern, { ...first, ...values });
        // A pattern is compiled when it is first searched.
        searched(claim.pattern.source);
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
