import assert from 'node:assert/strict';
import { Selection, type TextEditor } from 'vscode';
import { page } from './page';
import { openAtEnd, set } from './support/editing';
import { eventually } from './support/eventually';

const line = 'del self.prices[item]';

describe('how a token is explained, in the side view', () => {
  let editor: TextEditor;
  const start = () => editor.document.getText().indexOf(line);
  const shows = (pattern: RegExp, selector = '.page') =>
    eventually(async () => {
      const text = await page.webviewText(selector);
      assert.match(text, pattern);
      return text;
    });
  const choose = (key: string, value: string) =>
    page.webviewEvaluate(
      '.switches',
      `(() => { const select = document.querySelector('[data-key="switch-${key}"]'); select.value = ${JSON.stringify(value)}; select.dispatchEvent(new Event('change')); })()`,
    );
  const shaded = async () =>
    (await page.decorations()).filter(({ underline }) => underline.startsWith('underline'));

  before(async () => {
    editor = await openAtEnd('cart.py');
    // A click may come before the editor has scrolled to its end.
    const cursor = editor.document.positionAt(start() + line.indexOf('item') + 1);
    editor.selection = new Selection(cursor, cursor);
    await page.palette('Whence: Explain This Token');
    await shows(/Sources (checked|not confirmed)/, '.check');
  });
  after(() => set('whence.mode', undefined));

  it('sums sources up by the ladder, in the editor too', async () => {
    const whole = 'self.prices[item] = price';
    const text = async () => (await shaded()).map((mark) => mark.text).join('');
    assert.ok(!(await text()).includes(whole));
    await page.webviewClick('[data-key="granularity-statement"]');
    await eventually(async () => {
      const found = await text();
      assert.ok(found.includes(whole), found);
    });
    assert.equal(await page.webviewCount('[data-key="granularity-statement"][aria-pressed="true"]'), 1);
    await page.screenshot('questions-statements');
    await page.webviewClick('[data-key="granularity-token"]');
  });

  it('compares with another token, and back', async () => {
    await page.webviewClick('[data-key="switch-contrast"]');
    await page.press('Escape');
    const rival = (await page.webviewEvaluate(
      '.switches',
      `document.querySelector('[data-key="switch-contrast"]').options[1].value`,
    )) as string;
    await choose('contrast', rival);
    await shows(/Why it rather than/);
    await page.screenshot('questions-contrast');
    await choose('contrast', 'alone');
    await eventually(async () => assert.equal(await page.webviewCount('.contrast'), 0));
  });

  it('offers every method to experts, with what it is good for and its cost', async () => {
    await set('whence.mode', 'expert');
    await shows(/The default: scores add up.*Costs 1 backward pass/s, '.method');
    await choose('method', 'occlusion');
    await shows(/occlusion$/, 'footer');
    await shows(/Costs one run for each token/, '.method');
    await shows(/(attributed|ablated)/, '.tier');
    await page.screenshot('questions-method');
    await choose('method', 'secant');
    await shows(/secant$/, 'footer');
  });

  it('every number says what it is', async () => {
    await page.webviewText('.checks');
    const unexplained = (await page.webviewEvaluate(
      '.page .body',
      `[...document.querySelectorAll('.number, .signed, .weight')]
        .filter((each) => /\\d/.test(each.textContent) && !each.closest('[title]') && !each.querySelector('title') && !each.closest('svg'))
        .map((each) => each.outerHTML)`,
    )) as readonly string[];
    assert.deepEqual(unexplained, []);
    await set('whence.mode', 'plain');
  });

  it('explains a selected range as one, and each of its tokens', async () => {
    const { document } = editor;
    const from = start() + 'del '.length;
    editor.selection = new Selection(document.positionAt(from), document.positionAt(start() + line.length));
    await page.palette('Whence: Explain Selection');
    const text = await shows(/Of these \d+ tokens/, '.answer');
    assert.match(text, /copied/);
    await shows(/least p/, '.headline');
    assert.ok((await page.webviewCount('.span tbody tr')) >= 4);
    await page.screenshot('questions-span');
    await page.webviewClick('.span tbody tr:nth-child(3) th button');
    await eventually(async () => assert.equal(await page.webviewCount('.span'), 0));
  });
});
