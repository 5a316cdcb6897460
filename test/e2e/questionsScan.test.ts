import assert from 'node:assert/strict';
import { commands, window, workspace } from 'vscode';
import { scanned } from '../fixtures/scanned';
import { page } from './page';
import { colorIn, contrast } from './support/contrast';
import { set } from './support/editing';
import { eventually } from './support/eventually';

const themes = [
  { name: 'Default Light Modern', type: 'vs', file: 'light' },
  { name: 'Default High Contrast', type: 'hc-black', file: 'hc-dark' },
  { name: 'Default Dark Modern', type: 'vs-dark', file: 'dark' },
];

describe('Scan', () => {
  before(async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    const document = await workspace.openTextDocument({ language: 'python', content: scanned });
    await window.showTextDocument(document);
  });
  after(() => set('workbench.colorTheme', undefined));

  const marked = async () =>
    (await page.decorations()).filter(({ underline }) => underline.includes('double'));

  it('marks a name that nothing supports, and the hover warns of it', async () => {
    await page.palette('Whence: Scan');
    await eventually(async () => {
      assert.deepEqual(
        (await marked()).map(({ text }) => text),
        ['frobnicate'],
      );
    });
    await eventually(async () => {
      const hover = await page.hover({ text: 'frobnicate', line: 9 });
      assert.match(hover, /Not supported: ‘frobnicate/);
    });
    await page.screenshot('questions-scan');
    await page.leave();
  });

  for (const theme of themes) {
    it(`can be seen in ${theme.name}`, async () => {
      await set('workbench.colorTheme', theme.name);
      await page.waitFor(`.monaco-workbench.${theme.type}`);
      const background = colorIn(
        String(
          await page.evaluate(
            `getComputedStyle(document.querySelector('.monaco-editor-background')).backgroundColor`,
          ),
        ),
      );
      await eventually(async () => {
        const [mark] = await marked();
        assert.ok(mark && contrast(colorIn(mark.underline), background) >= 3, JSON.stringify(mark));
      });
      await page.screenshot(`questions-scan-${theme.file}`);
    });
  }

  it('is cleared with the other marks', async () => {
    await page.palette('Whence: Clear Marks');
    await eventually(async () => assert.deepEqual(await marked(), []));
  });
});
