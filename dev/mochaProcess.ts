import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callDriver, runnerUrl } from './e2e/client';
import { type Outcome, runMocha } from './mocha';
import { repository } from './paths';

const self = join(repository, 'out/dev/mochaProcess.js');
const defaultTimeoutMs = 30_000;

/** Runs built test files in a process of their own: what they print streams through, a crash is a failure. */
export async function mochaInChild(
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-test-'));
  const outcome = join(folder, 'outcome.json');
  const child = spawn(process.execPath, [self, outcome, ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('exit', (code, signal) => resolve(`exit ${signal ?? code}`));
  });
  const written = await readFile(outcome, 'utf8').catch(() => null);
  await rm(folder, { recursive: true, force: true });
  if (written) return JSON.parse(written) as Outcome;
  const message = `The process of the tests ended without an outcome (${ended}).`;
  console.log(message);
  return { passed: 0, failed: 1, skipped: 0, failures: [message] };
}

if (process.argv[1] === self) {
  const [outcome = '', ...files] = process.argv.slice(2);
  const options = { timeout: defaultTimeoutMs, color: process.stdout.isTTY };
  const listener = runnerUrl() ? { whenFailed: (title: string) => callDriver('showFailure', title) } : {};
  runMocha(files, outcome, options, listener).then(
    ({ failed }) => process.exit(failed === 0 ? 0 : 1),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}
