import { readdirSync, readFileSync } from 'node:fs';

/** What a real activation cost: milliseconds, and the engine processes that are there afterwards. */
export interface ActivationCost {
  readonly milliseconds: number;
  readonly engines: readonly number[];
}

/** Measures `activate` in the process that calls it: in the extension host, `extension.activate`. */
export async function measureActivation(activate: () => PromiseLike<unknown>): Promise<ActivationCost> {
  const start = performance.now();
  await activate();
  return { milliseconds: performance.now() - start, engines: enginesOf(process.pid) };
}

/** Process ids of the engines that a process started and that still run, read from /proc: Linux only. */
export function enginesOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const parentOf = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\s+(\d+)/m)?.[1];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return Number(parentOf) === parent && /[\\/]dist[\\/]server\.js(\0|$)/.test(command);
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}
