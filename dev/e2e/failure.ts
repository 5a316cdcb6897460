import type { Frame, Page } from 'playwright-core';
import { visibleText } from './editor';

const workbenchLimit = 4000;
const webviewLimit = 2000;

/** All that a page shows, as text: for a failure that is read where nobody can look. */
export async function pageText(page: Page, webviews: readonly Frame[]): Promise<string> {
  const workbench = page.evaluate(() => {
    // Lines of editors are drawn in any order; they are read one by one.
    const parts = ['titlebar', 'activitybar', 'sidebar', 'panel', 'auxiliarybar', 'statusbar'];
    const shown = (selector: string) =>
      [...document.querySelectorAll<HTMLElement>(selector)].filter((each) => each.checkVisibility());
    const texts = (selector: string) => shown(selector).map((each) => each.innerText);
    const field = document.querySelector<HTMLInputElement>('.quick-input-widget .quick-input-box input');
    const focus = document.activeElement;
    return [
      ...parts.map((part) => `${part}: ${texts(`.part.${part}`).join(' | ')}`),
      `tabs: ${texts('.tabs-container .tab').join(' | ')}`,
      `quick input: ${field?.checkVisibility() ? JSON.stringify(field.value) : 'closed'} ${texts('.quick-input-widget').join()}`,
      `notifications: ${texts('.notification-toast, .notifications-center').join(' | ')}`,
      `hovers: ${texts('.monaco-hover:not(.hidden)').join(' | ')}`,
      `dialogs: ${texts('.monaco-dialog-box').join(' | ')}`,
      `focus: ${focus?.tagName} ${focus?.className} ${focus?.getAttribute('aria-label')}`,
    ].join('\n');
  });
  const said = (text: Promise<string>, limit: number) =>
    text.then(
      (all) => all.replaceAll(/\s*\n\s*/g, '\n').slice(0, limit),
      (error) => `(cannot be read: ${error instanceof Error ? error.message : error})`,
    );
  const views = webviews.map((frame) => said(frame.locator('body').innerText(), webviewLimit));
  return [
    await said(workbench, workbenchLimit),
    'editors:',
    await visibleText(page).catch(String),
    ...(await Promise.all(views)).map((text, index) => `webview ${index + 1}:\n${text}`),
  ].join('\n');
}
