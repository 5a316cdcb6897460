// `npm test [-- LAYER… --files NAME,… --vscode VERSION --offline]`: every layer of tests in turn, and one line with the counts
// at the end. `--files trace,circuit` runs test/LAYER/trace.test.ts and circuit.test.ts alone.
// Layers: unit, engine, host, webview, e2e. `--vscode 1.96.4` takes the oldest VS Code for e2e; `--offline` runs everything in a
// network namespace that has the loopback interface only (Linux). With CI_E2E=required a skipped layer is a failure.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Plan, plansFor, plansOf } from './e2e/plans';
import { add, type Equipment, runPlan } from './e2e/run';
import type { Outcome } from './mocha';
import { mochaInChild } from './mochaProcess';
import { repository } from './paths';
import { findChromium } from './vscode/browser';
import { installServer, serverPossible } from './vscode/install';
import { newest, oldest, type ServerRelease, serverRelease } from './vscode/versions';
import { packageExtension } from './vsix';

const layers = ['unit', 'engine', 'host', 'webview', 'e2e'] as const;
type Layer = (typeof layers)[number];

const usage = `npm test -- [${layers.join(' | ')}]… [--files NAME,…] [--vscode ${newest.vscode} | ${oldest.vscode}] [--offline]`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string' },
      vscode: { type: 'string', default: newest.vscode },
      offline: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !layers.includes(name as Layer));
  if (unknown.length > 0) throw new Error(`There is no layer ${unknown.join(', ')}.\n${usage}`);
  const chosen = positionals.length > 0 ? layers.filter((layer) => positionals.includes(layer)) : layers;
  const release = serverRelease(values.vscode);
  const files = values.files?.split(',') ?? null;
  if (values.offline) return runOffline(chosen, release);

  let total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const layer of chosen) {
    console.log(`\n── ${layer} ──`);
    total = add(total, await run(layer, release, files));
  }
  if (unsteady.length > 0)
    console.log(`\nFailed at first, and passed when begun anew:\n\n${unsteady.join('\n\n')}`);
  if (total.failures.length > 0) console.log(`\nFailed:\n\n${total.failures.join('\n\n')}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function run(layer: Layer, release: ServerRelease, files: readonly string[] | null): Promise<Outcome> {
  if (layer === 'e2e') return endToEnd(release, files ? plansOf(files) : plansFor(release.vscode));
  const tests = builtTests(layer).filter((test) => !files || files.includes(basename(test, '.test.js')));
  if (layer === 'webview' && !findChromium()) return without('webview', noChromium, tests.length);
  return mochaInChild(tests);
}

function builtTests(layer: Layer): readonly string[] {
  const folder = join(repository, 'out/test', layer);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(folder, name));
}

async function endToEnd(release: ServerRelease, chosen: readonly Plan[]): Promise<Outcome> {
  const ready = await equip(release);
  if (typeof ready === 'string') return without('end-to-end', ready, chosen.length);
  let total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };
  let vsix: Promise<string> | null = null;
  const packaged = () => {
    vsix ??= packageExtension().then(({ path }) => path);
    return vsix;
  };
  for (const plan of chosen) {
    console.log(`\nVS Code ${release.vscode}, ${plan.name}`);
    const start = Date.now();
    total = add(total, await runTwiceAtMost(plan, ready, packaged));
    console.log(`${plan.name}: ${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
  return total;
}

/**
 * A plan that fails is begun anew once, with a VS Code and a browser of its own: a machine under load can make either of them do
 * what none of our tests is about. What fails twice has failed, and a first failure is told even where the second run passed.
 */
async function runTwiceAtMost(
  plan: Plan,
  equipment: Omit<Equipment, 'vsix'>,
  packaged: () => Promise<string>,
): Promise<Outcome> {
  const first = await runPackaged(plan, equipment, packaged);
  if (first.failed === 0) return first;
  console.log(`\n${plan.name} failed and is begun anew, once`);
  const second = await runPackaged(plan, equipment, packaged);
  if (second.failed === 0) unsteady.push(`${plan.name}: ${first.failures.join('\n')}`);
  return second;
}

/** Failures of plans that passed when they were begun anew. */
const unsteady: string[] = [];

/** A plan with the package that it may need; where none can be made, that is a failure. */
async function runPackaged(
  plan: Plan,
  equipment: Omit<Equipment, 'vsix'>,
  packaged: () => Promise<string>,
): Promise<Outcome> {
  try {
    const vsix = plan.extension === 'vsix' ? await packaged() : null;
    return await runPlan(plan, { ...equipment, vsix });
  } catch (error) {
    const message = `${plan.name}: ${error instanceof Error ? error.message : error}`;
    console.log(message);
    return { passed: 0, failed: 1, skipped: 0, failures: [message] };
  }
}

/** What the end-to-end tests run on, or the reason why it cannot be had. */
async function equip(release: ServerRelease): Promise<Omit<Equipment, 'vsix'> | string> {
  const chromium = findChromium();
  if (!chromium) return noChromium;
  if (!serverPossible()) return `VS Code as a server is to be had on Linux only, not on ${process.platform}`;
  try {
    return { chromium, server: await installServer(release, (line) => console.log(line)) };
  } catch (error) {
    return `VS Code ${release.vscode} as a server cannot be had: ${error instanceof Error ? error.message : error}`;
  }
}

const noChromium = 'there is no Chromium: install one, or name its program in $CHROMIUM';

function without(layer: string, reason: string, skipped: number): Outcome {
  const failed = process.env.CI_E2E === 'required';
  console.log(`The ${layer} tests are ${failed ? 'required, but' : 'skipped:'} ${reason}.`);
  return failed
    ? { passed: 0, failed: 1, skipped: 0, failures: [`${layer}: ${reason}`] }
    : { passed: 0, failed: 0, skipped, failures: [] };
}

/** Fetches what is needed while there is a network, then runs this program again where there is none. */
async function runOffline(chosen: readonly Layer[], release: ServerRelease): Promise<number> {
  if (chosen.includes('e2e')) await equip(release);
  const mapRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const again = `ip link set lo up && exec "${process.execPath}" out/dev/test.js ${chosen.join(' ')} --vscode ${release.vscode}`;
  console.log('Only the loopback interface exists for what follows.');
  const { status, error } = spawnSync('unshare', [...mapRoot, '--net', 'sh', '-c', again], {
    stdio: 'inherit',
  });
  if (error) throw new Error(`A network namespace needs \`unshare\` of util-linux: ${error.message}`);
  return status ?? 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(2);
  },
);
