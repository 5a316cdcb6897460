import assert from 'node:assert/strict';
import { page } from './page';
import { eventually } from './support/eventually';

// What graphKept.test.ts set, after a reload of the window.

describe('how a circuit was set, after a reload', () => {
  it('is as it was: the slider, the group, the answer, and parts can be cut', async () => {
    await eventually(async () => {
      assert.equal(await page.webviewCount('.node.group'), 1);
      assert.equal(await page.webviewEvaluate('#keep', `document.querySelector('#keep').value`), '72');
    }, 30_000);
    assert.match(await page.webviewText('.totals'), /of 500 parts/);
    const head = (await page.webviewEvaluate(
      '.canvas',
      `document.querySelector('.node.head').dataset.id`,
    )) as string;
    await page.webviewClick(`.node[data-id="${head}"]`);
    await page.webviewClick('[data-key="cut"]');
    await eventually(
      async () => assert.match(await page.webviewText('.outcome'), /Before[\s\S]*After/),
      30_000,
    );
    await page.screenshot('graph-after-reload');
  });
});
