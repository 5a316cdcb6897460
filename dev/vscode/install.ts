import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cache } from '../paths';
import type { ServerRelease } from './versions';

const run = promisify(execFile);

/** The parts of an installed server that are needed to start it. */
export interface InstalledServer {
  readonly version: string;
  /** The Node that runs it. */
  readonly node: string;
  /** `server-main.js`. */
  readonly main: string;
}

/** npm's code-server compiles its native modules on Linux; elsewhere VS Code itself can be downloaded. */
export function serverPossible(): boolean {
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
}

function locate(folder: string, release: ServerRelease): InstalledServer {
  return {
    version: release.vscode,
    node: join(folder, `node/node_modules/node-linux-${process.arch}/bin/node`),
    main: join(folder, 'package/lib/vscode/out/server-main.js'),
  };
}

function folderOf(release: ServerRelease): string {
  return join(cache, `vscode-server-${release.vscode}`);
}

/** The server, if it was installed whole before. */
export function installedServer(release: ServerRelease): InstalledServer | null {
  const folder = folderOf(release);
  return existsSync(folder) ? locate(folder, release) : null;
}

/**
 * Fetches and builds a VS Code server (about 65 s and 576 MB), once. It grows in a folder named `.partial`, each step
 * leaving a stamp, so that a broken-off install goes on where it stopped and is never taken for a whole one.
 */
export async function installServer(
  release: ServerRelease,
  report: (line: string) => void,
): Promise<InstalledServer> {
  const whole = installedServer(release);
  if (whole) return whole;
  if (!serverPossible()) throw new Error('VS Code as a server can be built on Linux (x64, arm64) only.');
  const partial = `${folderOf(release)}.partial`;
  await mkdir(partial, { recursive: true });

  const steps = stepsOf(release, partial);
  for (const [index, step] of steps.entries()) {
    const stamp = join(partial, `step-${index + 1}.done`);
    if (existsSync(stamp)) continue;
    report(`[${index + 1}/${steps.length}] ${step.title} …`);
    const start = Date.now();
    await step.run();
    await writeFile(stamp, '');
    report(`[${index + 1}/${steps.length}] done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  }
  await rename(partial, folderOf(release));
  return locate(folderOf(release), release);
}

interface Step {
  readonly title: string;
  run(): Promise<void>;
}

function stepsOf(release: ServerRelease, folder: string): readonly Step[] {
  const nodeFolder = join(folder, 'node');
  const product = join(folder, 'package/lib/vscode');
  const { node } = locate(folder, release);
  // Native modules are compiled against the server's own Node, not the one that runs this.
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    npm_config_nodedir: dirname(dirname(node)),
  };

  return [
    {
      title: `Node ${release.node} for the server`,
      async run() {
        // Its own folder: the package puts a `node` into `.bin` that must not shadow anyone else's.
        await mkdir(nodeFolder, { recursive: true });
        await writeFile(join(nodeFolder, 'package.json'), '{ "private": true }\n');
        const name = `node-linux-${process.arch}@${release.node}`;
        await npm(['install', name, '--ignore-scripts'], nodeFolder, process.env);
      },
    },
    {
      title: `code-server ${release.codeServer}, which carries VS Code ${release.vscode}`,
      async run() {
        await rm(join(folder, 'package'), { recursive: true, force: true });
        await npm(['pack', `code-server@${release.codeServer}`], folder, process.env);
        const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
        if (!archive) throw new Error('npm pack left no archive of code-server.');
        await run('tar', ['xzf', archive], { cwd: folder });
        await rm(join(folder, archive));
      },
    },
    {
      title: 'its dependencies',
      async run() {
        await pinDependencies(product, release);
        await npm(['install', '--omit=dev', '--ignore-scripts'], product, env);
      },
    },
    {
      // Without it the built-in extension for TypeScript asks people to install VS Code anew.
      title: 'TypeScript, for its own extension',
      run: () => npm(['install', '--omit=dev', '--ignore-scripts'], join(product, 'extensions'), env),
    },
    {
      title: 'native modules (compiling)',
      run: () => npm(['rebuild', ...release.native], product, env),
    },
  ];
}

/** The published lock and some ranges name what npm does not have. */
async function pinDependencies(product: string, release: ServerRelease): Promise<void> {
  if (Object.keys(release.pins).length === 0) return;
  await rm(join(product, 'npm-shrinkwrap.json'), { force: true });
  const path = join(product, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { dependencies: Record<string, string> };
  Object.assign(manifest.dependencies, release.pins);
  await writeFile(path, JSON.stringify(manifest, null, 2));
}

async function npm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd,
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr ?? String(error);
    throw new Error(`npm ${args[0]} failed in ${cwd}:\n${output.split('\n').slice(-20).join('\n')}`);
  }
}
