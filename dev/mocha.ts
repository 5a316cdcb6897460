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

/** Runs test files in this process and leaves the counts in `outcomeFile`; `print` gets the lines for people. */
export async function runMocha(
  files: readonly string[],
  outcomeFile: string,
  options: Mocha.MochaOptions,
  print: (line: string) => void = console.log,
): Promise<Outcome> {
  Mocha.reporters.Base.consoleLog = (...values: unknown[]) => print(format(...values));
  const mocha = new Mocha({ ui: 'bdd', forbidOnly: true, ...options });
  for (const file of files) mocha.addFile(file);
  const failures: string[] = [];
  const outcome = await new Promise<Outcome>((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures.length, skipped: pending, failures });
    });
    runner.on('fail', (test, error: Error) => {
      failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
  });
  await writeFile(outcomeFile, JSON.stringify(outcome));
  return outcome;
}
