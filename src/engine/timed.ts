import { createContext, Script } from 'node:vm';

const call = new Script('work()');
let context: { work?: () => unknown } | null = null;

/**
 * What a function gives, if it does so in time; else it is ended where it is, within a regular expression too, and an error
 * with the code `ERR_SCRIPT_EXECUTION_TIMEOUT` is thrown. For work that goes by foreign patterns: some take exponential time.
 * Work that was ended while the machine did other things is begun anew with twice the time, so it must have no effect but its result.
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  for (let limit = milliseconds; ; limit *= 2) {
    const before = process.cpuUsage();
    try {
      return once(limit, work);
    } catch (error) {
      const { user, system } = process.cpuUsage(before);
      const hadItsTime = user + system >= milliseconds * 1000;
      if (hadItsTime || !isTimeout(error)) throw error;
    }
  }
}

/** Whether an error says that work was ended by `withinTime`. It comes from another realm, whose `Error` is not ours. */
export function isTimeout(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function once<T>(milliseconds: number, work: () => T): T {
  context ??= createContext({});
  context.work = work;
  try {
    return call.runInContext(context, { timeout: Math.ceil(milliseconds) }) as T;
  } finally {
    context.work = undefined;
  }
}
