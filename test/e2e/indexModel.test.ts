import assert from 'node:assert/strict';
import { commands, workspace } from 'vscode';
import { page } from './page';
import { openAtEnd } from './support/editing';
import { eventually } from './support/eventually';

const statusItem = '.statusbar-item[id*="whence.status"]';
const choice = '.quick-input-widget .quick-input-list .monaco-list-row';

/** What the list of choices shows, a line each, once it is there. */
async function choices(): Promise<readonly string[]> {
  await page.waitFor(choice);
  return eventually(async () => {
    const texts = await page.texts(choice);
    assert.ok(
      texts.some((text) => text.includes('sample that comes')),
      texts.join(' | '),
    );
    return texts;
  }, 60_000);
}

async function chooseStartingWith(words: string): Promise<void> {
  await page.palette('Whence: Index This Model…');
  await choices();
  await page.type(words);
  await eventually(async () => assert.equal((await page.texts(choice)).length, 1));
}

const status = async () => (await page.texts(statusItem)).join('');

describe('Index This Model', function () {
  this.timeout(180_000);

  before(() => openAtEnd('cart.py'));

  it('offers the sample, the workspace or a folder, and shows how far it is', async () => {
    await page.palette('Whence: Index This Model…');
    const texts = await choices();
    assert.equal(texts.length, 3, texts.join(' | '));
    await page.screenshot('index-choices');
    await page.press('Escape');
    await chooseStartingWith('The sample');
    await page.press('Enter');
    await eventually(async () => assert.match(await status(), /Whence: indexing [1-9]\d?%/), 60_000);
    await page.screenshot('index-progress');
  });

  it('is paused and offers to go on', async () => {
    await page.palette('Whence: Pause Indexing');
    await eventually(async () => assert.doesNotMatch(await status(), /indexing/));
    await page.palette('Whence: Index This Model…');
    const texts = await choices();
    assert.match(texts[0]!, /Go on.*bundled: \d+ of 1,?\d{3} texts are read/s);
    await page.screenshot('index-paused');
    await page.press('Escape');
  });

  it('reads the workspace, and the new evidence is there', async () => {
    await chooseStartingWith('The code of this');
    await page.press('Enter');
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
