import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { page } from './page';
import { firstWord } from './support/completion';
import { colorIn, contrast } from './support/contrast';
import { clickInto, openAtEnd, set } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';

/** The one that VS Code starts with comes last: 1.96 does not name the theme it starts with. */
const themes = [
  { name: 'Default Light Modern', type: 'vs', file: 'light' },
  { name: 'Default High Contrast', type: 'hc-black', file: 'hc-dark' },
  { name: 'Default High Contrast Light', type: 'hc-light', file: 'hc-light' },
  { name: 'Default Dark Modern', type: 'vs-dark', file: 'dark' },
];

/** Of marks against the editor, and of text against its panel. */
const leastMark = 3;
const leastText = 4.5;

interface SeenText {
  readonly text: string;
  readonly color: string;
  /** Backgrounds of the element and of those it lies in, outermost first. */
  readonly backgrounds: readonly string[];
}

/** Runs in a webview: every visible piece of text of more than two characters. */
const seenTexts = `[...document.querySelectorAll('p, h2, button, td, th, li, summary')]
  .filter((element) => element.offsetParent !== null && element.innerText.trim().length > 2 && !element.disabled)
  .map((element) => {
    const backgrounds = [];
    for (let at = element; at; at = at.parentElement) backgrounds.unshift(getComputedStyle(at).backgroundColor);
    return { text: element.innerText.slice(0, 40), color: getComputedStyle(element).color, backgrounds };
  })`;

describe('in every kind of theme', () => {
  before(async () => {
    const editor = await openAtEnd('queue.ts');
    await answeredHover(firstWord(editor, 'queue.ts'));
    await page.leave();
    await clickInto(editor, firstWord(editor, 'queue.ts'));
    await commands.executeCommand('whence.explainToken');
    await page.webviewText('.page .body h2');
    await commands.executeCommand('whence.showCircuit');
    await commands.executeCommand('whence.markSources');
    await eventually(async () => assert.ok((await page.webviewCount('.node')) > 2));
  });

  after(() => set('workbench.colorTheme', undefined));

  for (const theme of themes) {
    it(`${theme.name}: marks and panels can be read`, async () => {
      await set('workbench.colorTheme', theme.name);
      await page.waitFor(`.monaco-workbench.${theme.type}`);
      const marks = await eventually(async () => {
        const found = (await page.decorations()).filter(({ underline }) => underline !== 'none');
        assert.ok(found.length > 2);
        return found;
      });
      await page.screenshot(`theme-${theme.file}`);
      const background = colorIn(
        String(
          await page.evaluate(
            `getComputedStyle(document.querySelector('.monaco-editor-background')).backgroundColor`,
          ),
        ),
      );
      for (const { text, underline } of marks) {
        const seen = contrast(colorIn(underline), background);
        assert.ok(seen >= leastMark, `${text}: ${underline} has a contrast of ${seen.toFixed(2)}`);
      }
      for (const panel of ['.page .body', '.canvas']) {
        const texts = (await page.webviewEvaluate(panel, seenTexts)) as readonly SeenText[];
        assert.ok(texts.length > 2, panel);
        for (const { text, color, backgrounds } of texts) {
          const behind = backgrounds.reduce((below, layer) => colorIn(layer, below), background);
          const seen = contrast(colorIn(color, behind), behind);
          assert.ok(seen >= leastText, `"${text}": ${color} has a contrast of ${seen.toFixed(2)}`);
        }
      }
    });
  }
});
