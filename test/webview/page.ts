import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { FromCircuitPanel, ToCircuitPanel } from '../../src/core/circuitPanel';
import { panelPage } from '../../src/core/page';
import type { FromPanel, PanelState, ToPanel } from '../../src/core/panel';
import themes from './themes.json';

/** The body classes that VS Code gives a webview, each with the variables of its default theme. */
export type Theme = keyof typeof themes;
export const themeNames = Object.keys(themes) as Theme[];

const colorOf: Readonly<Record<Theme, string>> = {
  'vscode-dark': 'dark',
  'vscode-light': 'light',
  'vscode-high-contrast': 'highContrast',
  'vscode-high-contrast-light': 'highContrastLight',
};

/** Every CSS variable of a theme, our own colours as the manifest gives them. */
function variablesOf(theme: Theme): Readonly<Record<string, string>> {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
  const colors: { id: string; defaults: Record<string, string> }[] = contributes.colors;
  const own = colors.map(({ id, defaults }) => [
    `--vscode-${id.replaceAll('.', '-')}`,
    defaults[colorOf[theme]] ?? '',
  ]);
  return {
    ...themes[theme],
    ...Object.fromEntries(own),
    '--vscode-font-family': 'system-ui, "DejaVu Sans", sans-serif',
    '--vscode-font-size': '13px',
    '--vscode-editor-font-family': '"DejaVu Sans Mono", monospace',
    '--vscode-editor-font-size': '13px',
  };
}

export interface PanelPage {
  readonly page: Page;
  send(message: ToPanel | ToCircuitPanel): Promise<void>;
  show(state: PanelState): Promise<void>;
  /** What the panel said to the host since the page was loaded. */
  posted(): Promise<readonly (FromPanel | FromCircuitPanel)[]>;
  /** What the panel has kept by `setState`. */
  kept(): Promise<unknown>;
}

/** Everything a panel may load, by the last part of its address. */
const origin = 'https://panel.test';

/** Opens a built panel as VS Code would: our page under its policy, the theme's variables, the interface to the host. */
export async function openPanel(
  context: BrowserContext,
  name: 'explanation' | 'graph',
  options: { readonly theme: Theme; readonly width: number; readonly height: number },
): Promise<PanelPage> {
  const html = panelPage({
    title: name,
    cspSource: origin,
    nonce: 'nonce1',
    script: `${origin}/dist/webview/${name}.js`,
    styles: ['common', name].map((style) => `${origin}/media/webview/${style}.css`),
  });
  const page = await context.newPage();
  await page.route('**', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (/^\/(dist|media)\/webview\/[a-z]+\.(js|css)$/.test(pathname)) {
      return route.fulfill({ path: join(process.cwd(), pathname) });
    }
    return route.abort();
  });
  await page.setViewportSize({ width: options.width, height: options.height });
  const background = name === 'explanation' ? '--vscode-sideBar-background' : '--vscode-editor-background';
  await page.addInitScript(beAHost, {
    theme: options.theme as string,
    variables: variablesOf(options.theme),
    background,
  });
  await page.goto(`${origin}/`);
  const send = (message: ToPanel | ToCircuitPanel) =>
    page.evaluate((data) => window.postMessage(data, '*'), message);
  return {
    page,
    send,
    show: (state) => send({ type: 'show', state }),
    posted: () => page.evaluate(() => window.posted),
    kept: () => page.evaluate(() => JSON.parse(sessionStorage.getItem('state') ?? 'null')),
  };
}

declare global {
  interface Window {
    posted: (FromPanel | FromCircuitPanel)[];
    /** Violations of the content security policy. */
    violations: string[];
  }
}

/** Runs in the page before anything else: what VS Code provides to a webview. The state outlives a reload, as there. */
function beAHost(host: {
  theme: string;
  variables: Readonly<Record<string, string>>;
  background: string;
}): void {
  window.posted = [];
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: FromPanel | FromCircuitPanel) => window.posted.push(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
      setState: (state: unknown) => sessionStorage.setItem('state', JSON.stringify(state)),
    }),
  });
  document.addEventListener('DOMContentLoaded', () => {
    for (const [name, value] of Object.entries(host.variables)) {
      document.documentElement.style.setProperty(name, value);
    }
    document.documentElement.style.setProperty('background', `var(${host.background})`);
    document.body.classList.add(host.theme);
  });
}
