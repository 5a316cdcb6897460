import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { commands, ViewColumn, window, workspace } from 'vscode';
import { page } from './page';
import { complete, firstWord, openFresh } from './support/completion';
import { eventually } from './support/eventually';

// graphReloaded.test.ts looks at the same panel after a reload of the window.

describe('how a circuit was set', () => {
  const count = (selector: string) => page.webviewCount(selector);
  const percent = async () => {
    const found = await page.webviewEvaluate('#keep', `document.querySelector('#keep').value`);
    return Number(found);
  };

  before(async () => {
    const editor = await openFresh('cart.py');
    await complete(editor);
    await page.clickText(firstWord(editor, 'cart.py'));
    await page.palette('Whence: Show Circuit');
    await eventually(async () => {
      assert.ok((await count('.node')) > 5);
      assert.equal(await count('p.progress'), 0);
    });
  });

  it('is kept while the panel is hidden', async () => {
    await page.webviewEvaluate(
      '#keep',
      `(() => { const slider = document.querySelector('#keep'); slider.value = '72'; slider.dispatchEvent(new Event('input', { bubbles: true })); })()`,
    );
    await eventually(async () => assert.ok((await count('.node.neuron')) > 5));
    const ids = (await page.webviewEvaluate(
      '.canvas',
      `[...document.querySelectorAll('.node.neuron')].slice(0, 2).map((each) => each.dataset.id)`,
    )) as readonly string[];
    for (const id of ids) await page.webviewPress(`.node[data-id="${id}"]`, ' ');
    await page.webviewPress(`.node[data-id="${ids[1]}"]`, 'g');
    await eventually(async () => assert.equal(await count('.node.group'), 1));

    const note = await workspace.openTextDocument({ content: 'something else', language: 'plaintext' });
    await window.showTextDocument(note, ViewColumn.Two);
    await eventually(async () => assert.equal(await count('.node'), 0, 'hidden'));
    await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await eventually(async () => {
      assert.equal(await count('.node.group'), 1);
      assert.equal(await percent(), 72);
    });
    await page.screenshot('graph-shown-again');
    // The browser writes the state of the window down every few seconds.
    await sleep(8000);
  });
});
