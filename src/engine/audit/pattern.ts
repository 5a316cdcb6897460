import { createContext, Script } from 'node:vm';
import type { Pattern } from '../../core/circuitFile/audit';
import { slotPattern } from '../../core/circuitFile/cases';
import { WhenceError } from '../../core/errors';
import type { TextRange } from '../../core/text';

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
  const filled = source.replaceAll(slotPattern, (whole, name: string) =>
    Object.hasOwn(values, name) ? literal(values[name]!) : whole,
  );
  context.expression = new RegExp(filled, anyCase ? 'iu' : 'u');
  context.text = text;
  try {
    const found = search.runInContext(context, { timeout: milliseconds }) as RegExpExecArray | null;
    return found && { start: found.index, end: found.index + found[0].length };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new WhenceError(
      'bad-input',
      `The pattern /${source}/ takes more than a second on ${text.length} characters: repeat nothing that is itself repeated.`,
      { cause },
    );
  }
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
