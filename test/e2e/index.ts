import { join } from 'node:path';
import { runnerUrl } from '../../dev/e2e/client';
import type { PhaseOrder } from '../../dev/e2e/driver';
import { runMocha } from '../../dev/mocha';
import { page } from './page';

const testTimeoutMs = 120_000;

/** The extension host calls this: `extensionTestsPath` names this module. A rejection makes the exit code 1. */
export async function run(): Promise<void> {
  const response = await fetch(`${runnerUrl()}/phase`);
  const order = (await response.json()) as PhaseOrder;
  const files = order.files.map((name) => join(__dirname, `${name}.test.js`));
  let printed = Promise.resolve();
  const print = (line: string) => {
    printed = printed.then(() => page.print(line));
  };
  const options = { timeout: testTimeoutMs, color: false };
  const listener = { print, whenFailed: (title: string) => page.showFailure(title) };
  const { passed, failed } = await runMocha(files, order.outcome, options, listener);
  await printed;
  if (failed > 0 || passed === 0) throw new Error(`${passed} passed, ${failed} failed`);
}
