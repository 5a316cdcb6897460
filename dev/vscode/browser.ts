import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** A headless Chromium with one page, and what the page asked for outside this machine. */
export interface Browser {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses requested from other machines, in order. */
  readonly foreign: readonly string[];
  close(): Promise<void>;
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Path of a Chromium on this machine: `$CHROMIUM`, or one on the PATH; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : null;
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** Without a GPU, a first-run page or anything that Chromium fetches on its own account. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium; its profile is new and forgotten at the end. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, headless: true, args: flags });
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  const foreign: string[] = [];
  context.on('request', (request) => {
    if (!isLocal(request.url())) foreign.push(request.url());
  });
  return { page, context, foreign, close: () => browser.close() };
}

/**
 * Whether a request stays on this machine. Webviews carry addresses under `vscode-cdn.net`, which a service worker of
 * the page answers from the server on the loopback interface.
 */
export function isLocal(address: string): boolean {
  const url = new URL(address);
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) return true;
  return (
    ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) ||
    url.hostname.endsWith('.vscode-resource.vscode-cdn.net')
  );
}
