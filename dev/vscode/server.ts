import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { InstalledServer } from './install';
import { processGroup } from './processes';
import { quietSettings } from './settings';

/** How a server is to run. */
export interface ServerOptions {
  /** Holds all that it writes: user data, extensions, its home and its log. Kept between starts if the caller keeps it. */
  readonly folder: string;
  /** Accepts a development path and a test path in the address; on 1.139 it also suppresses notification toasts. */
  readonly testing?: boolean;
  /** A VSIX to install before the start. */
  readonly vsix?: string;
  /** Folders with an extension each, to link into the extensions folder before the start. */
  readonly links?: readonly { readonly folder: string; readonly id: string }[];
  readonly env?: Readonly<Record<string, string>>;
  /** User settings beside the quiet ones, where the folder has none yet. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface RunningServer {
  readonly version: string;
  /** `127.0.0.1:<port>`, which is also the authority of its `vscode-remote:` URIs. */
  readonly authority: string;
  /** File that holds everything it printed. */
  readonly log: string;
  /** Resolves when it ended by itself. */
  readonly ended: Promise<void>;
  /** Ends it with everything it started. */
  stop(): Promise<void>;
}

const startLimitMs = 60_000;
const noGallery = JSON.stringify({
  serviceUrl: '',
  itemUrl: '',
  resourceUrlTemplate: '',
  controlUrl: '',
  recommendationsUrl: '',
});

/** Starts a VS Code server on a free port of the loopback interface and waits until it answers. */
export async function startServer(
  installed: InstalledServer,
  options: ServerOptions,
): Promise<RunningServer> {
  const { folder } = options;
  const home = join(folder, 'home');
  const extensions = join(folder, 'extensions');
  const settings = join(folder, 'data/User/settings.json');
  for (const path of [home, extensions, join(folder, 'data/User')]) await mkdir(path, { recursive: true });
  if (!existsSync(settings))
    await writeFile(settings, JSON.stringify({ ...quietSettings, ...options.settings }, null, 2));

  const env = { ...process.env, ...options.env, HOME: home, EXTENSIONS_GALLERY: noGallery };
  const folders = ['--server-data-dir', folder, '--user-data-dir', join(folder, 'data')];
  folders.push('--extensions-dir', extensions);
  for (const { folder, id } of options.links ?? []) await link(folder, join(extensions, id));
  if (options.vsix) {
    const install = [installed.main, ...folders, '--install-extension', options.vsix];
    const { stdout } = await promisify(execFile)(installed.node, install, { env });
    if (!stdout.includes('successfully installed')) throw new Error(`The VSIX did not install: ${stdout}`);
  }

  const port = await freePort();
  const authority = `127.0.0.1:${port}`;
  const args = [installed.main, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token'];
  args.push(
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--disable-workspace-trust',
    ...folders,
  );
  if (options.testing) args.push('--enable-smoke-test-driver');

  const log = join(folder, 'server.log');
  const output = openSync(log, 'w');
  const child = spawn(installed.node, args, { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const group = processGroup(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await answers(`http://${authority}/version`, () => child.exitCode === null && child.signalCode === null);
  } catch (error) {
    await group.end();
    const said = (await readFile(log, 'utf8')).slice(-2000);
    throw new Error(`VS Code ${installed.version} did not start: ${error}\n${said}`);
  }
  return { version: installed.version, authority, log, ended, stop: () => group.end() };
}

/**
 * The address that opens `workspace` with `payload`; what it says of extensions takes effect on a server started for
 * testing only.
 */
export function workbenchUrl(
  authority: string,
  workspace: string,
  payload: readonly (readonly [string, string])[] = [],
): string {
  const query = payload.length === 0 ? '' : `&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  return `http://${authority}/?folder=${encodeURIComponent(workspace)}${query}`;
}

async function link(target: string, path: string): Promise<void> {
  if (!existsSync(path)) await symlink(target, path);
}

async function answers(url: string, alive: () => boolean): Promise<void> {
  for (const start = Date.now(); Date.now() - start < startLimitMs; await sleep(100)) {
    if (!alive()) throw new Error('it ended at once');
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
  }
  throw new Error(`no answer within ${startLimitMs / 1000} s`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
