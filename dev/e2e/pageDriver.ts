import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame, Page } from 'playwright-core';
import type { Browser } from '../vscode/browser';
import type { Driver, EditorText } from './driver';
import { locateText, readDecorations } from './editor';
import { pageText } from './failure';

const limitMs = 20_000;
const hoverSelector = '.monaco-hover:not(.hidden) .hover-contents';

/** The driver over a page of our own browser. */
export function pageDriver(browser: Browser, screenshots: string): Driver {
  const { page } = browser;
  page.setDefaultTimeout(limitMs);

  const webview = (selector: string, timeoutMs = limitMs) => frameWith(page, selector, timeoutMs);

  return {
    print: async (line) => console.log(line),
    screenshot: (name) => screenshot(page, join(screenshots, `${name}.png`)),
    async showFailure(title) {
      const path = join(screenshots, `failed-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.png`);
      console.log(`\n── What the page showed when “${title}” failed (and ${path}) ──`);
      console.log(`${await pageText(page, webviewFrames(page))}\n──`);
      await screenshot(page, path);
    },
    evaluate: (expression) => page.evaluate(expression),
    waitFor: async (selector, timeout = limitMs) => {
      await page.locator(selector).first().waitFor({ state: 'visible', timeout });
    },
    waitGone: (selector) =>
      page.locator(selector).filter({ visible: true }).first().waitFor({ state: 'detached' }),
    texts: (selector) => page.locator(selector).allInnerTexts(),
    click: (selector) => page.locator(selector).first().click(),
    async clickText(at) {
      const { x, y } = await locateText(page, at);
      await page.mouse.click(x, y);
    },
    hover: (at) => hover(page, at),
    clickInHover: (linkText) => page.locator(`${hoverSelector} a`, { hasText: linkText }).first().click(),
    leave: () => leave(page),
    press: (keys) => page.keyboard.press(keys),
    type: (text) => page.keyboard.type(text, { delay: 10 }),
    fill: (selector, text) => page.locator(selector).first().fill(text),
    palette: (title) => palette(page, title),
    decorations: () => readDecorations(page),
    async ghostText() {
      const parts = await page.locator('.ghost-text-decoration, .ghost-text').allTextContents();
      return parts.join('').replaceAll('\u00a0', ' ');
    },
    notifications: () =>
      page.locator('.notification-toast, .notifications-center .monaco-list-row').allInnerTexts(),
    async webviewText(selector, timeoutMs) {
      return (await webview(selector, timeoutMs)).locator(selector).first().innerText();
    },
    async webviewCount(selector) {
      const counts = await Promise.all(webviewFrames(page).map((frame) => frame.locator(selector).count()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async webviewClick(selector) {
      await (await webview(selector)).locator(selector).first().click();
    },
    async webviewHover(selector) {
      await (await webview(selector)).locator(selector).first().hover();
    },
    async webviewPress(selector, keys) {
      await (await webview(selector)).locator(selector).first().press(keys);
    },
    async webviewEvaluate(selector, expression) {
      return (await webview(selector)).evaluate(expression);
    },
    foreignRequests: async () => browser.foreign,
  };
}

/** A webview's document is a frame within the frame that VS Code makes for each webview. */
function webviewFrames(page: Page): readonly Frame[] {
  return page
    .frames()
    .filter((frame) => frame.parentFrame()?.url().includes('/webview/browser/pre/index.html'));
}

async function frameWith(page: Page, selector: string, timeoutMs: number): Promise<Frame> {
  for (const start = Date.now(); Date.now() - start < timeoutMs; await sleep(50)) {
    for (const frame of webviewFrames(page)) {
      // A webview may be replaced while we look.
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    }
  }
  const bodies = webviewFrames(page).map((frame) =>
    frame.evaluate(() => document.body.innerText.slice(0, 500)).catch(String),
  );
  throw new Error(
    `No webview has ${selector} after ${timeoutMs} ms. Webviews:\n${(await Promise.all(bodies)).join('\n---\n')}`,
  );
}

async function leave(page: Page): Promise<void> {
  await page.mouse.move(2, 2);
  await page
    .locator(hoverSelector)
    .first()
    .waitFor({ state: 'hidden' })
    .catch(() => {});
}

/** A busy page may take no notice of the pointer when it comes: it comes again then. */
async function hover(page: Page, at: EditorText): Promise<string> {
  for (let tries = 3; ; tries--) {
    await leave(page);
    const { x, y } = await locateText(page, at);
    await page.mouse.move(x, y, { steps: 4 });
    try {
      await page
        .locator(hoverSelector)
        .first()
        .waitFor({ state: 'visible', timeout: limitMs / 2 });
      return await settledText(page);
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}

/** Hover parts come in one by one: waits until the text was the same for 300 ms. */
async function settledText(page: Page): Promise<string> {
  let text = '';
  const end = Date.now() + limitMs;
  for (let same = 0; same < 3; ) {
    if (Date.now() > end)
      throw new Error(`The hover does not stand still; it showed last: ${text || 'nothing'}`);
    await sleep(100);
    const now = (await page.locator(hoverSelector).allInnerTexts()).join('\n').trim();
    same = now === text && now !== '' ? same + 1 : 0;
    text = now;
  }
  return text;
}

/** A key may come while the focus is on its way and open nothing, and a click while the list is filtered anew. */
async function palette(page: Page, title: string): Promise<void> {
  const input = page.locator('.quick-input-widget .quick-input-box input').first();
  const open = async () => (await input.isVisible()) && (await input.inputValue()).startsWith('>');
  const until = async (wanted: boolean) => {
    for (const end = Date.now() + limitMs / 4; (await open()) !== wanted; await sleep(20)) {
      if (Date.now() > end)
        throw new Error(`The command palette ${wanted ? 'does not open' : 'stays open'}.`);
    }
  };
  for (let tries = 3; ; tries--) {
    try {
      if (!(await open())) await page.keyboard.press('F1');
      await until(true);
      await input.fill(`>${title}`);
      await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
      return await until(false);
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}

/** The picture of a page of which everything is drawn: a frame is given out at the second call after a change at the latest. */
async function screenshot(page: Page, path: string): Promise<void> {
  const drawn = [page, ...webviewFrames(page)].map((frame) =>
    frame.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    ),
  );
  // Webviews that are hidden draw nothing.
  await Promise.race([Promise.allSettled(drawn), sleep(500)]);
  await page.screenshot({ path });
}
