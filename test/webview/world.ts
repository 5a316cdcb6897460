import { type Browser, findChromium, openBrowser } from '../../dev/vscode/browser';
import { type PanelStates, panelStates } from './panelStates';

let opened: Browser | null = null;
let made: PanelStates | null = null;

/** The one browser of all webview tests. */
export function browser(): Browser {
  return opened!;
}

/** What the embedded model says, computed once for all webview tests. */
export function states(): PanelStates {
  return made!;
}

before(async function () {
  this.timeout(60_000);
  const chromium = findChromium();
  if (!chromium) throw new Error('There is no Chromium: install one, or name its program in $CHROMIUM.');
  [opened, made] = await Promise.all([openBrowser(chromium), panelStates()]);
});

after(async () => {
  await opened?.close();
  await made?.close();
});
