import { createContext, Script } from 'node:vm';

const call = new Script('work()');
let context: { work?: () => unknown } | null = null;

/**
 * What a function gives, if it does so in time; else it is ended where it is, within a regular expression too, and an error
 * with the code `ERR_SCRIPT_EXECUTION_TIMEOUT` is thrown. For work that goes by foreign patterns: some take exponential time.
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  context ??= createContext({});
  context.work = work;
  try {
    return call.runInContext(context, { timeout: Math.ceil(milliseconds) }) as T;
  } finally {
    context.work = undefined;
  }
}
