// `npm start [-- --terminal | --yes]`: explains a token in the terminal, then opens VS Code on the samples with the extension.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { version } from '../package.json';
import { cache, greeter, repository } from './paths';
import { installedServer, installServer, serverPossible } from './vscode/install';
import { openDesktop } from './vscode/openDesktop';
import { type RunningServer, startServer, workbenchUrl } from './vscode/server';
import { newest } from './vscode/versions';

const sample = join('samples', 'cart.py');
const say = (line: string) => console.log(line);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      terminal: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
    },
  });
  const code = explainInTerminal();
  if (code !== 0 || values.terminal) return code;

  // People type into it, so it is a copy; what they typed is there the next time.
  const workspace = join(cache, 'samples');
  await mkdir(cache, { recursive: true });
  await cp(join(repository, 'samples'), workspace, { recursive: true, force: false });

  say('\nOpening VS Code with the extension …');
  const place = endOf(join(workspace, 'cart.py'));
  const reason = await openDesktop(workspace, place, say);
  if (reason === null) return 0;
  say(`No VS Code on the desktop: ${reason}.`);
  if (!(await mayServe(values.yes))) return 0;
  return serve(workspace, place);
}

/** A file with the place where its text ends, which is where the model goes on: `cart.py:17:21`. */
function endOf(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return `${file}:${lines.length}:${lines.at(-1)!.length + 1}`;
}

/** Lets the model write, and explains the first token it wrote. */
function explainInTerminal(): number {
  const questions = [
    ['generate', '--prompt', sample, '--max-tokens', '12'],
    ['explain', '--prompt', sample],
  ];
  for (const question of questions) {
    say(`\n$ whence ${question.join(' ')}\n`);
    const { status } = spawnSync(process.execPath, ['dist/cli.js', ...question], { stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

/** 576 MB are not fetched unasked, and nothing is left running where nobody sits. */
async function mayServe(yes: boolean): Promise<boolean> {
  if (!serverPossible()) return false;
  if (yes) return true;
  const fetched = installedServer(newest) !== null;
  const cost = fetched ? '' : ` Fetching it takes 576 MB in ${cache}.`;
  const offer = `The same VS Code can run as a server, seen in a browser.${cost}`;
  if (!process.stdin.isTTY) {
    say(`${offer} \`npm start -- --yes\` does so.`);
    return false;
  }
  if (fetched) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${offer} Fetch it? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Serves until the user ends it with Ctrl+C. */
async function serve(workspace: string, place: string): Promise<number> {
  const installed = await installServer(newest, say);
  const folder = join(cache, 'vscode-server-data');
  // VS Code remembers what lay here at the first start and would not see the link.
  await rm(join(folder, 'extensions'), { recursive: true, force: true });
  const links = [
    { folder: repository, id: `whence.whence-${version}` },
    { folder: greeter, id: 'whence.whence-greeter-0.0.0' },
  ];
  const server = await startServer(installed, { folder, links });
  const file = `vscode-remote://${server.authority}${place}`;
  const address = workbenchUrl(server.authority, workspace, [
    ['openFile', file],
    ['gotoLineMode', 'true'],
  ]);
  say(`\n  ${address}\n\nOpen this address in a browser. Ctrl+C ends it.`);
  return untilInterrupted(server);
}

async function untilInterrupted(server: RunningServer): Promise<number> {
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve('interrupted'));
    }
  });
  const first = await Promise.race([interrupted, server.ended]);
  await server.stop();
  if (first === 'interrupted') return 0;
  console.error(`VS Code ended by itself; what it said is in ${server.log}.`);
  return 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
