import assert from 'node:assert/strict';
import { commands, workspace } from 'vscode';
import { page } from './page';
import { openAtEnd } from './support/editing';
import { eventually } from './support/eventually';
import { choices, choose, dismiss } from './support/quickInput';

const statusItem = '.statusbar-item[id*="whence.status"]';
const title = 'Find out what the parts of';

/** What may be read, a line each. */
async function offered(): Promise<readonly string[]> {
  await page.palette('Whence: Index This Model…');
  return choices(title, (texts) => texts.some((text) => text.includes('sample that comes')));
}

const status = async () => (await page.texts(statusItem)).join('');

describe('Index This Model', function () {
  this.timeout(180_000);

  before(() => openAtEnd('cart.py'));

  it('offers the sample, the workspace or a folder, and shows how far it is', async () => {
    const texts = await offered();
    assert.equal(texts.length, 3, texts.join(' | '));
    await page.screenshot('index-choices');
    await dismiss(title);
    await offered();
    await choose(title, 'The sample');
    await eventually(async () => assert.match(await status(), /Whence: indexing [1-9]\d?%/), 60_000);
    await page.screenshot('index-progress');
  });

  it('is paused and offers to go on', async () => {
    await page.palette('Whence: Pause Indexing');
    await eventually(async () => assert.doesNotMatch(await status(), /indexing/));
    const texts = await offered();
    assert.match(texts[0]!, /Go on.*bundled: \d+ of 1,?\d{3} texts are read/s);
    await page.screenshot('index-paused');
    await dismiss(title);
  });

  it('reads the workspace, and the new evidence is there', async () => {
    await offered();
    await choose(title, 'The code of this');
    await eventually(async () => assert.match(await status(), /indexing/), 60_000);
    await eventually(async () => assert.doesNotMatch(await status(), /indexing/), 120_000);
    assert.deepEqual(await page.notifications(), []);
    const content = 'circuit "Twice"\nprompt "a b a"\nanswer " b"\nexpect role of L2H0 induction\n';
    const document = await workspace.openTextDocument({ language: 'circuit', content });
    await commands.executeCommand('vscode.open', document.uri);
    await eventually(async () => {
      const text = await page.hover({ text: 'L2H0', line: 4 });
      assert.match(text, /Where it wrote most/);
    }, 60_000);
    await page.screenshot('index-evidence');
  });
});
