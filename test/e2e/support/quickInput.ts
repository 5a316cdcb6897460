import assert from 'node:assert/strict';
import { page } from '../page';
import { eventually } from './eventually';

/** The one widget that lists, inputs and the palette take turns in; its title, of which `title` is a part, tells whose turn it is. */
function titled(title: string): string {
  return `.quick-input-widget:has(.quick-input-title:has-text(${JSON.stringify(title)}))`;
}

const fieldOf = (title: string) => `${titled(title)} .quick-input-box input`;
const rowIn = (title: string) => `${titled(title)} .quick-input-list .monaco-list-row`;

/** What the list under a title offers, once `ready` finds that it is all there. */
export async function choices(
  title: string,
  ready: (texts: readonly string[]) => boolean = (texts) => texts.length > 0,
): Promise<readonly string[]> {
  return eventually(async () => {
    const texts = await page.texts(rowIn(title));
    assert.ok(ready(texts), `“${title}” offers ${texts.join(' | ') || 'nothing'}`);
    return texts;
  });
}

/** Picks the first choice with that text from the list under a title, and waits for the list to go. */
export async function choose(title: string, label: string): Promise<void> {
  await page.click(`${rowIn(title)}:has-text(${JSON.stringify(label)})`);
  await page.waitGone(titled(title));
}

/** Takes what the list under a title has chosen already. */
export async function accept(title: string): Promise<void> {
  await page.waitFor(`${rowIn(title)}.focused`);
  await page.press('Enter');
  await page.waitGone(titled(title));
}

/** Leaves the list under a title as Escape does. */
export async function dismiss(title: string): Promise<void> {
  await page.waitFor(titled(title));
  await page.press('Escape');
  await page.waitGone(titled(title));
}

/** Writes into the field under a title. */
export async function write(title: string, text: string): Promise<void> {
  await page.fill(fieldOf(title), text);
}

/** Answers the input under a title with a text. */
export async function answer(title: string, text: string): Promise<void> {
  await write(title, text);
  await page.press('Enter');
  await page.waitGone(titled(title));
}
