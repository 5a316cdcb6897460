import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { page } from './page';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';

/** Beside the browser, not inside VS Code: a server with the testing switch would keep its notifications to itself. */
describe('a VS Code as people have it', () => {
  const editorText = async () =>
    (await page.texts('.view-lines .view-line')).join('\n').replaceAll('\u00a0', ' ');

  it('opens a file', async () => {
    await page.waitFor('.monaco-workbench .part.statusbar', 60_000);
    const name = 'cart.py';
    await eventually(async () => {
      await page.press('Control+P');
      await page.fill('.quick-input-box input', name);
      await page.waitFor(`.quick-input-list .monaco-list-row.focused:has-text("${name}")`);
      await page.press('Enter');
      await page.waitFor(`.tab.active[aria-label^="${name}"]`, 3000);
    });
    await page.waitFor('.view-lines .view-line');
    await eventually(async () => {
      await page.press('Control+End');
      await page.waitFor('.statusbar-item:has-text("Ln 17")', 1000);
    });
  });

  it('completes and explains without a notification', async () => {
    await page.palette('Whence: Complete Here');
    const word = await eventually(async () => {
      const written = /len\(self\.(\w+)/.exec(await editorText());
      assert.ok(written?.[1]);
      return written[1];
    });
    await answeredHover({ text: word, line: 17 });
    await sleep(2000);
    assert.deepEqual(await page.notifications(), []);
    await page.screenshot('quiet');
  });
});
