import { writeFile } from 'node:fs/promises';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Counts of one run of mocha, as the parent process and `npm test` add them up. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Title and stack of every failure. */
  readonly failures: readonly string[];
}

/** Who hears of a run while it goes on. */
export interface Listener {
  /** Gets the lines for people. */
  readonly print?: (line: string) => void;
  /** Looks at what has just failed before anything else is done. */
  readonly whenFailed?: (title: string) => Promise<void>;
}

/** Runs test files in this process and leaves the counts in `outcomeFile`. */
export async function runMocha(
  files: readonly string[],
  outcomeFile: string,
  options: Mocha.MochaOptions,
  { print = console.log, whenFailed = async () => {} }: Listener = {},
): Promise<Outcome> {
  Mocha.reporters.Base.consoleLog = (...values: unknown[]) => print(format(...values));
  const rootHooks: Mocha.RootHookObject = {
    async afterEach(this: Mocha.Context) {
      if (this.currentTest?.state === 'failed') await whenFailed(this.currentTest.fullTitle());
    },
  };
  const mocha = new Mocha({ ui: 'bdd', forbidOnly: true, rootHooks, ...options });
  for (const file of files) mocha.addFile(file);
  const failures: string[] = [];
  /** No hook runs after a hook that failed; what looks at it begins at once. */
  const looks: Promise<void>[] = [];
  const outcome = await new Promise<Outcome>((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures.length, skipped: pending, failures });
    });
    runner.on('fail', (test, error: Error) => {
      if ((test as Mocha.Runnable) instanceof Mocha.Hook) looks.push(whenFailed(test.fullTitle()));
      failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
  });
  await Promise.all(looks);
  await writeFile(outcomeFile, JSON.stringify(outcome));
  return outcome;
}
