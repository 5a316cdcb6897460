import assert from 'node:assert/strict';
import { commands, Position, Selection, type TextEditor, window } from 'vscode';
import { page } from './page';
import { complete, firstWord, given, openFresh } from './support/completion';
import { openAtEnd, set } from './support/editing';
import { eventually } from './support/eventually';
import { accept, answer, choices, choose, write } from './support/quickInput';

/** The line that is asked about: what it says of `item` and `prices` stands above. */
const line = 'del self.prices[item]';

describe('questions beside why', () => {
  let editor: TextEditor;
  /** Puts the cursor into a word of the line. */
  const stand = (text: string) => {
    const at = editor.document.getText().indexOf(line) + line.indexOf(text) + text.length - 1;
    const cursor = editor.document.positionAt(at);
    editor.selection = new Selection(cursor, cursor);
  };
  const asked = (pattern: RegExp) =>
    eventually(async () => {
      const text = await page.webviewText('.asked');
      assert.match(text, pattern);
      return text;
    });

  before(async () => {
    editor = await openAtEnd('cart.py');
    stand('prices');
    await page.palette('Whence: Explain This Token');
    await page.webviewText('.page .body h2');
  });
  after(async () => {
    await set('whence.mode', undefined);
  });

  it('where was this copied from: goes there, marks it, names the heads', async () => {
    await page.palette('Whence: Where Was This Copied From?');
    const text = await asked(/Copied from line 6/);
    assert.match(text, /L\dH\d/);
    await eventually(() => assert.equal(editor.selection.active.line, 5));
    const marks = await page.decorations();
    assert.ok(
      marks.some(({ border, line: at }) => border.includes('dashed') && at === 6),
      JSON.stringify(marks),
    );
    await page.screenshot('questions-copied');
    await page.webviewClick('[data-key="dismiss"]');
    await eventually(async () => assert.equal(await page.webviewCount('.asked'), 0));
  });

  it('says when it was not copied', async () => {
    stand('del');
    await page.palette('Whence: Where Was This Copied From?');
    await asked(/Not copied: ‘del’ stands nowhere/);
    await page.screenshot('questions-not-copied');
  });

  it('why not: another token, picked from what the model might have written or typed', async () => {
    stand('item');
    await page.palette('Whence: Why Not…?');
    const offered = await choices('Why “item”', (texts) => texts.length >= 5);
    assert.ok(offered[0]!.includes('The strongest rival'), offered[0]);
    await page.screenshot('questions-why-not');
    await choose('Why “item”', 'The strongest rival');
    const compared = (pattern: RegExp) =>
      eventually(async () => assert.match(await page.webviewText('.contrast'), pattern));
    await compared(/^Why it rather than \S+ \(p \S+\)/);
    await page.palette('Whence: Why Not…?');
    await write('Why “item”', 'price');
    await choose('Why “item”', 'as typed');
    await compared(/^Why it rather than pri/);
    await page.webviewClick('.contrast button');
    await eventually(async () => assert.equal(await page.webviewCount('.contrast'), 0));
  });

  it('what would change it: a source renamed in memory, both distributions side by side', async () => {
    const before = editor.document.getText();
    stand('item');
    await page.palette('Whence: What Would Change It?');
    await choose('Pick a source', 'item');
    await choose('What to do with', 'Rename it');
    await answer('Another name for', 'product');
    const text = await asked(/With item renamed to product, the model gives item a probability of/);
    assert.match(text, /The beginning of the new name pro gets 0\.\d/);
    assert.ok((await page.webviewCount('.chances tbody tr')) >= 3);
    assert.equal(editor.document.getText(), before);
    await page.screenshot('questions-changed');
  });

  it('what would change it: every source left out, the one that matters most first', async () => {
    await page.webviewClick('[data-key="rank"]');
    await asked(/Each of the \d+ words above was left out/);
    const moved = (await page.webviewEvaluate(
      '.ranking',
      `[...document.querySelectorAll('.ranking tbody tr .chance .number')].map((cell) => parseInt(cell.textContent.replace('<', '')))`,
    )) as readonly number[];
    assert.ok(moved.length > 5);
    assert.deepEqual(
      moved,
      moved.toSorted((a, b) => b - a),
    );
    await page.screenshot('questions-ranked');
  });

  it('why does this head look here: by part and by token, from the side view', async () => {
    await set('whence.mode', 'expert');
    await page.webviewClick('[data-key^="look-"]');
    const text = await asked(/gave .* of its attention/s);
    assert.match(text, /What it looked for/);
    assert.match(text, /What it found there/);
    await page.screenshot('questions-head-expert');
    await set('whence.mode', 'plain');
    await page.webviewText('.summary');
    await page.screenshot('questions-head-plain');
  });

  it('does it hold when renamed: the program written another way, way by way', async () => {
    stand('item');
    await page.palette('Whence: Does It Hold When Renamed?');
    await asked(/It (holds|does not hold)/);
    assert.ok((await page.webviewCount('.trials li')) >= 2);
    await page.screenshot('questions-renamed');
  });

  it('branch here: goes on from another token, beside the original', async () => {
    editor = await openFresh('cart.py');
    await complete(editor);
    const first = firstWord(editor, 'cart.py');
    const cursor = new Position(
      first.line! - 1,
      editor.document.lineAt(first.line! - 1).text.indexOf(first.text, 1),
    );
    editor.selection = new Selection(cursor, cursor);
    await page.palette('Whence: Branch Here');
    await accept('Go on from');
    await asked(/As it was written[\s\S]*The branch/);
    await eventually(() => assert.equal(window.visibleTextEditors.length, 2));
    const beside = window.visibleTextEditors.find(({ document }) => document !== editor.document)!;
    assert.ok(beside.document.getText().startsWith(editor.document.getText().split(given['cart.py'])[0]!));
    await page.screenshot('questions-branch');
    await page.webviewClick('.branch:last-child [data-key^="go-"]');
    await eventually(() => assert.equal(window.activeTextEditor?.document, beside.document));
    await page.webviewText('.page .body h2');
    assert.match(await page.webviewText('.asked'), /The branch/);
    await page.screenshot('questions-branch-explained');
    await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('explains a suggestion before it is accepted, and keeps the answer when it is', async () => {
    editor = await openFresh('queue.ts');
    const before = editor.document.getText();
    await page.palette('Whence: Explain a Suggestion Before Accepting It');
    const ghost = await eventually(async () => {
      const text = await page.ghostText();
      assert.match(text, /\w/);
      return text;
    });
    await eventually(async () => assert.match(await page.webviewText('.page .check'), /Sources/));
    assert.equal(editor.document.getText(), before);
    assert.ok((await page.webviewText('.strip')).replaceAll(/\s/g, '').includes(ghost.replaceAll(/\s/g, '')));
    await page.screenshot('questions-suggestion');
    await page.press('Tab');
    await eventually(() => assert.notEqual(editor.document.getText(), before));
    await eventually(async () => {
      const rows = await page.texts('[id="workbench.view.extension.whence"] .monaco-list-row');
      assert.ok(
        rows.some((row) => row.includes('Untitled')),
        JSON.stringify(rows),
      );
    });
    assert.match(await page.webviewText('.page .check'), /Sources/);
  });
});
