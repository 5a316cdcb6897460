import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../mocha';
import { mochaInChild } from '../mochaProcess';
import { repository } from '../paths';
import { type Browser, openBrowser } from '../vscode/browser';
import type { InstalledServer } from '../vscode/install';
import { processesWith } from '../vscode/processes';
import { rememberOffers } from '../vscode/remembered';
import { type RunningServer, startServer, workbenchUrl } from '../vscode/server';
import { testSettings } from '../vscode/settings';
import type { Driver, PhaseOrder } from './driver';
import { pageDriver } from './pageDriver';
import type { Phase, Plan } from './plans';
import { serveDriver } from './rpc';

/** What a plan runs with. */
export interface Equipment {
  readonly server: InstalledServer;
  readonly chromium: string;
  /** The package; plans that install it need it. */
  readonly vsix: string | null;
}

const phaseLimitMs = 600_000;
const screenshots = join(repository, 'screenshots');
const suites = join(repository, 'out/test/e2e');

/** Starts VS Code and a browser in front of it, runs the plan's phases, ends both, and looks whether anything is left. */
export async function runPlan(plan: Plan, equipment: Equipment): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-e2e-'));
  const workspace = join(folder, 'workspace');
  await cp(join(repository, 'samples'), workspace, { recursive: true });
  const marker = { name: 'WHENCE_E2E_RUN', value: folder };
  const orders = plan.phases.map((phase, index) => ({
    files: phase.files,
    outcome: join(folder, `outcome-${index + 1}.json`),
  }));
  let current = 0;

  const browser = await openBrowser(equipment.chromium);
  const driver = pageDriver(browser, join(screenshots, equipment.server.version));
  const rpc = await serveDriver(driver, () => orders[current]!);
  const inside = plan.phases.some((phase) => phase.mocha === 'inside');
  let server: RunningServer | null = null;
  const outcomes: Outcome[] = [];
  try {
    server = await startServer(equipment.server, {
      folder: join(folder, 'server'),
      testing: inside,
      ...(plan.extension === 'vsix' && equipment.vsix ? { vsix: equipment.vsix } : {}),
      settings: testSettings,
      env: { WHENCE_E2E: rpc.url, [marker.name]: marker.value },
    });
    const development = plan.extension === 'development' ? repository : await emptyExtension(folder);
    const url = workbenchUrl(server.authority, workspace, inside ? payload(server, development) : []);
    const running = { server, browser, driver, exits: await watchExits(browser), rpcUrl: rpc.url };
    await rememberOffers(browser.page, server.authority);
    const pageLog = createWriteStream(join(folder, 'page.log'));
    browser.page.on('console', (message) => pageLog.write(`${message.type()} ${message.text()}\n`));
    for (const [index, phase] of plan.phases.entries()) {
      current = index;
      const open = () => (index === 0 ? browser.page.goto(url) : browser.page.reload());
      outcomes.push(await runPhase(phase, orders[index]!, open, running));
    }
  } catch (error) {
    outcomes.push(failure(`${plan.name}: ${error}`));
  } finally {
    await browser.close();
    rpc.close();
    await server?.stop();
  }
  outcomes.push(await nothingLeft(plan, marker), nothingForeign(plan, browser));
  const total = outcomes.reduce(add);
  if (total.failed === 0) await rm(folder, { recursive: true, force: true });
  else console.log(`The logs of the server and the page are in ${folder}`);
  return total;
}

/** Counts one after the other. */
export function add(a: Outcome, b: Outcome): Outcome {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** What runs while phases follow each other. */
interface Running {
  readonly server: RunningServer;
  readonly browser: Browser;
  readonly driver: Driver;
  readonly exits: ExitQueue;
  readonly rpcUrl: string;
}

async function runPhase(
  phase: Phase,
  order: PhaseOrder,
  open: () => Promise<unknown>,
  { exits, server, browser, driver, rpcUrl }: Running,
): Promise<Outcome> {
  if (phase.mocha === 'outside') {
    await open();
    const files = order.files.map((name) => join(suites, `${name}.test.js`));
    return mochaInChild(files, { WHENCE_E2E: rpcUrl });
  }
  const exit = exits.next();
  await open();
  const stopped = server.ended.then(() => 'the server ended');
  const timeout = sleep(phaseLimitMs, `no end within ${phaseLimitMs / 1000} s`, { ref: false });
  const closed = new Promise<string>((resolve) => {
    browser.page.once('close', () => resolve('the page was closed'));
    browser.page.once('crash', () => resolve('the page crashed'));
  });
  const code = await Promise.race([exit, stopped, closed, timeout]);
  const written = await readFile(order.outcome, 'utf8').catch(() => null);
  if (typeof code === 'string' || !written) {
    await driver.showFailure(order.files.join(' ')).catch(() => {});
    return failure(`${order.files.join(', ')}: mocha in the extension host gave no outcome (${code})`);
  }
  const outcome = JSON.parse(written) as Outcome;
  // The page's exit code and the file are written by different processes; they must tell the same story.
  return (code === 0) === (outcome.failed === 0)
    ? outcome
    : add(outcome, failure(`${order.files.join(', ')}: exit code ${code}, but ${outcome.failed} failed`));
}

interface ExitQueue {
  /** The exit code of the next test run in the extension host. */
  next(): Promise<number>;
}

/** VS Code reports the end of a test run by calling a function of the page. */
async function watchExits({ page }: Browser): Promise<ExitQueue> {
  let settle: (code: number) => void = () => {};
  await page.exposeFunction('codeAutomationExit', (code: number) => settle(code));
  return {
    next: () =>
      new Promise((resolve) => {
        settle = resolve;
      }),
  };
}

function payload({ authority }: RunningServer, development: string): readonly (readonly [string, string])[] {
  return [
    ['extensionDevelopmentPath', `vscode-remote://${authority}${development}`],
    ['extensionTestsPath', `vscode-remote://${authority}${join(suites, 'index')}`],
  ];
}

/** VS Code runs no tests without an extension under development; where the package is tested, that one does nothing. */
async function emptyExtension(folder: string): Promise<string> {
  const path = join(folder, 'empty-extension');
  const manifest = { name: 'e2e', publisher: 'whence', version: '0.0.1', engines: { vscode: '*' } };
  await mkdir(path);
  await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
  return path;
}

async function nothingLeft(plan: Plan, marker: { name: string; value: string }): Promise<Outcome> {
  await sleep(200);
  const left = processesWith(marker.name, marker.value);
  return left.length === 0
    ? success
    : failure(`${plan.name}: these processes outlived VS Code:\n${left.join('\n')}`);
}

function nothingForeign(plan: Plan, { foreign }: Browser): Outcome {
  return foreign.length === 0
    ? success
    : failure(`${plan.name}: the browser asked other machines for\n${foreign.join('\n')}`);
}

const success: Outcome = { passed: 1, failed: 0, skipped: 0, failures: [] };

function failure(message: string): Outcome {
  console.log(`  FAILED ${message}`);
  return { passed: 0, failed: 1, skipped: 0, failures: [message] };
}
