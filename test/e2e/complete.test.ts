import assert from 'node:assert/strict';
import { commands, type TextEditor } from 'vscode';
import { page } from './page';
import { complete, firstWord, type Sample } from './support/completion';
import { clickInto, openAtEnd } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';

const samples: readonly Sample[] = ['cart.py', 'queue.ts'];

for (const sample of samples) {
  describe(`Complete Here in ${sample}`, () => {
    let editor: TextEditor;
    const word = () => firstWord(editor, sample);

    before(async () => {
      editor = await openAtEnd(sample);
    });

    it('writes at the cursor', async () => {
      const given = editor.document.getText();
      await complete(editor);
      assert.ok(editor.document.getText().startsWith(given));
      assert.ok(word().text.length > 0);
    });

    it('explains a token when the pointer is over it', async () => {
      const hover = await answeredHover(word());
      assert.match(hover, /p (>|<)?\d\.\d+ · \d+\w\w choice/);
      assert.match(hover, /From line \d+/);
      assert.match(hover, /Instead .+ \d\.\d+/);
      assert.match(hover, /Settled/);
      await page.screenshot(`${sample}-hover`);
    });

    it('marks the sources of a token, and clears them', async () => {
      await clickInto(editor, word());
      await page.palette('Whence: Mark Sources');
      const marks = await eventually(async () => {
        const found = await page.decorations();
        assert.ok(found.some(({ underline }) => underline !== 'none'));
        return found;
      });
      const { text, line = 0 } = word();
      const sources = marks.filter((mark) => mark.underline !== 'none' && mark.line < line);
      assert.ok(sources.length > 0, `no source above line ${line}: ${JSON.stringify(marks)}`);
      const target = marks.filter((mark) => mark.border !== 'none' && mark.text !== '');
      assert.deepEqual(
        target.map((mark) => ({ text: mark.text, line: mark.line })),
        [{ text, line }],
      );
      await page.screenshot(`${sample}-marks`);
      await commands.executeCommand('whence.clearMarks');
      await eventually(async () => {
        const left = (await page.decorations()).filter(({ underline }) => underline !== 'none');
        assert.deepEqual(left, []);
      });
    });

    it('fills the side view from the hover', async () => {
      await answeredHover(word());
      await page.clickInHover('Explain');
      const text = await eventually(async () => {
        const shown = await page.webviewText('.page');
        assert.match(shown, /Where it came from/);
        return shown;
      });
      assert.match(text, /What brought it about/);
      assert.match(text, /Read from the text above/);
      assert.match(text, new RegExp(`\\b${word().text}\\b`));
      await page.leave();
      await page.screenshot(`${sample}-explanation`);
    });

    it('draws the circuit', async () => {
      await clickInto(editor, word());
      await page.palette('Whence: Show Circuit');
      await eventually(async () => {
        assert.ok((await page.webviewCount('.node')) > 2, 'nodes');
        assert.equal(await page.webviewCount('p.progress'), 0, 'traced to the end');
      });
      assert.match(await page.webviewText('.totals'), /\d+ of 500 parts, \d+ edges/);
      await page.screenshot(`${sample}-circuit`);
    });

    it('gives the same answer to all who ask', async () => {
      const asked = (await answeredHover(word())).match(/p (\S+)/)?.[1];
      const panel = await page.webviewText('.panel h1');
      assert.ok(asked && panel.includes(asked), `${asked} in the hover, "${panel}" in the panel`);
    });

    it('leaves a document that can be saved', async () => {
      assert.equal(await editor.document.save(), true);
    });
  });
}
