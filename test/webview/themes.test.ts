import assert from 'node:assert/strict';
import type { PanelState } from '../../src/core/panel';
import { circuitOf, shows } from './circuits';
import { faintTexts } from './contrast';
import { openPanel, type PanelPage, themeNames } from './page';
import { browser, states } from './world';

/** Two different answers, one of them with an error beside it, a stale token, and work under way. */
async function scenes(): Promise<readonly PanelState[]> {
  const { first, state } = states();
  const copied = await state(first, true);
  const other = await state(first + 3, true, undefined, 'direct');
  const stale = other.tokens.map((token) => (token.index === first + 1 ? { ...token, stale: true } : token));
  return [
    copied,
    { ...copied, mode: 'expert' },
    { ...other, mode: 'expert', tokens: stale, error: 'Something could not be done.', progress: 'Checking' },
  ];
}

describe('panels in every theme', () => {
  for (const theme of themeNames) {
    it(`are readable in ${theme}: every text at least 4.5 : 1`, async () => {
      const panel = await openPanel(browser().context, 'explanation', { theme, width: 300, height: 800 });
      for (const scene of await scenes()) {
        await panel.show(scene);
        if (scene.mode === 'expert') await panel.page.locator('[data-key="cell-L3H3"]').click();
        assert.deepEqual(await faintTexts(panel.page, 4.5), []);
      }
      await panel.page.close();
    });

    it(`of circuits are readable in ${theme}, drawing, card, table and outcome, and show the focus`, async () => {
      const panel = await openPanel(browser().context, 'graph', { theme, width: 1000, height: 700 });
      const circuit = await circuitOf(states().first);
      await panel.send(shows(circuit));
      await panel.page.locator('.node.head').first().waitFor();
      assert.deepEqual(await faintTexts(panel.page, 4.5), []);
      await panel.page.locator('.node.head').first().focus();
      const ring = await panel.page
        .locator('.node:focus')
        .evaluate((node) => getComputedStyle(node).outlineStyle);
      assert.equal(ring, 'solid');
      await panel.send({ type: 'busy', what: 'change', doing: 'Running the model', problem: 'It failed.' });
      await panel.page.keyboard.press('t');
      await panel.page.locator('table.all').waitFor();
      assert.deepEqual(await faintTexts(panel.page, 4.5), []);
      await panel.page.close();
    });

    it(`show where the focus is in ${theme}`, async () => {
      const view = await openPanel(browser().context, 'explanation', { theme, width: 300, height: 800 });
      await view.show({ ...(await states().state(states().first, true)), mode: 'expert' });
      assert.deepEqual(await withoutRing(view, 24), []);
      await view.page.close();
    });
  }

  for (const width of [220, 250, 280, 400, 900]) {
    it(`the view fits into ${width} px without scrolling sideways`, async () => {
      const panel = await openPanel(browser().context, 'explanation', {
        theme: 'vscode-dark',
        width,
        height: 700,
      });
      for (const scene of await scenes()) {
        await panel.show(scene);
        if (scene.mode === 'expert') await panel.page.locator('[data-key="cell-L3H3"]').click();
        const wide = await panel.page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} px in ${scene.mode} mode`);
      }
      await panel.page.close();
    });
  }
});

/** Goes through the page by Tab; what had the focus and showed no ring. */
async function withoutRing({ page }: PanelPage, stops: number): Promise<readonly string[]> {
  const bare: string[] = [];
  for (let stop = 0; stop < stops; stop++) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return {
        html: element.outerHTML.slice(0, 120),
        ring: outlineStyle !== 'none' && outlineWidth !== '0px',
      };
    });
    if (outline && !outline.ring) bare.push(outline.html);
  }
  return bare;
}
