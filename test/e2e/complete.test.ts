import assert from 'node:assert/strict';
import { commands, type TextEditor } from 'vscode';
import { page } from './page';
import { openAtEnd, placeOf, set } from './support/editing';
import { eventually } from './support/eventually';

for (const { file, language } of [
  { file: 'cart.py', language: 'Python' },
  { file: 'queue.ts', language: 'TypeScript' },
]) {
  describe(`Complete Here in ${language}`, () => {
    let editor: TextEditor;
    let given: string;
    /** The first word that the model wrote, as the browser finds it. */
    const word = () => {
      const written = editor.document.getText().slice(given.length);
      const match = /\w+/.exec(written);
      assert.ok(match, `no word in ${JSON.stringify(written)}`);
      return placeOf(editor, given.length + match.index, given.length + match.index + match[0].length);
    };

    before(async () => {
      await set('whence.temperature', 0);
      editor = await openAtEnd(file);
      given = editor.document.getText();
    });

    it('writes at the cursor', async () => {
      await page.palette('Whence: Complete Here');
      await eventually(() => assert.notEqual(editor.document.getText(), given));
      assert.ok(editor.document.getText().startsWith(given));
    });

    it('explains a token when the pointer is over it', async () => {
      const hover = await eventually(async () => {
        const text = await page.hover(word());
        assert.match(text, /Checked|did not hold/);
        return text;
      });
      assert.match(hover, /p (>|<)?\d\.\d+ · \d+\w\w choice/);
      assert.match(hover, /From line \d+/);
      assert.match(hover, /Instead .+ \d\.\d+/);
      assert.match(hover, /Settled/);
      await page.screenshot(`${file}-hover`);
    });

    it('marks the sources of a token, and clears them', async () => {
      await page.leave();
      await page.clickText(word());
      await page.palette('Whence: Mark Sources');
      const marks = await eventually(async () => {
        const found = await page.decorations();
        assert.ok(found.some(({ underline }) => underline.startsWith('underline')));
        return found;
      });
      assert.ok(
        marks.some(({ line, underline }) => underline !== 'none' && line < word().line!),
        JSON.stringify(marks),
      );
      assert.ok(
        marks.some(({ border, text }) => border !== 'none' && text !== ''),
        JSON.stringify(marks),
      );
      await page.screenshot(`${file}-marks`);
      await commands.executeCommand('whence.clearMarks');
      await eventually(async () => {
        const left = (await page.decorations()).filter(({ underline }) => underline !== 'none');
        assert.deepEqual(left, []);
      });
    });

    it('fills the side view from the hover', async () => {
      await page.hover(word());
      await page.clickInHover('Explain');
      const text = await eventually(async () => {
        const shown = await page.webviewText('.page');
        assert.match(shown, /Where it came from/);
        return shown;
      });
      await page.screenshot(`${file}-explanation`);
      assert.match(text, /What brought it about/);
    });

    it('draws the circuit', async () => {
      await page.leave();
      await page.clickText(word());
      await page.palette('Whence: Show Circuit');
      await eventually(async () => assert.ok((await page.webviewCount('.panel svg [data-id]')) > 2));
      await page.screenshot(`${file}-circuit`);
    });
  });
}
