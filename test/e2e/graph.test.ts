import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands, type TextEditor, Uri } from 'vscode';
import type { GraphFile } from '../../src/core/interchange/format';
import { page } from './page';
import { complete, firstWord, openFresh } from './support/completion';
import { clickInto, set } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';
import { saveAs } from './support/saveDialog';

const sample = 'cart.py';

describe('a circuit, from the hover to the file', () => {
  let editor: TextEditor;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-graph-'));
    editor = await openFresh(sample);
    await complete(editor);
  });
  after(async () => {
    await set('workbench.colorTheme', undefined);
    await rm(folder, { recursive: true, force: true });
  });

  const nodes = (kind = '') => page.webviewCount(`.node${kind}`);
  const ids = async (kind: string) =>
    (await page.webviewEvaluate(
      '.canvas',
      `[...document.querySelectorAll('.node${kind}')].map((each) => each.dataset.id)`,
    )) as readonly string[];
  const keep = (percent: number) =>
    page.webviewEvaluate(
      '#keep',
      `(() => { const slider = document.querySelector('#keep'); slider.value = '${percent}'; slider.dispatchEvent(new Event('input', { bubbles: true })); })()`,
    );

  it('is traced for the token under the pointer', async () => {
    await answeredHover(firstWord(editor, sample));
    await page.clickInHover('Circuit');
    await eventually(async () => {
      assert.ok((await nodes()) > 5);
      assert.equal(await page.webviewCount('p.progress'), 0);
    });
    await page.leave();
    assert.match(await page.webviewText('.totals'), /of 500 parts/);
    assert.match(await page.webviewText('h1'), new RegExp(firstWord(editor, sample).text));
    assert.match(await page.webviewText('.sentence'), /[Cc]opied|[Cc]omposed|[Rr]ecalled|sure/);
    await page.screenshot('graph-traced');
  });

  it('is pruned with the slider', async () => {
    await keep(80);
    const many = await eventually(async () => {
      const count = await nodes();
      assert.ok(count > 40);
      return count;
    });
    await page.screenshot('graph-many');
    await keep(40);
    await eventually(async () => assert.ok((await nodes()) < many / 2));
  });

  it('shows what a neuron does in other texts', async () => {
    await keep(60);
    const [neuron] = await eventually(async () => {
      const found = await ids('.neuron');
      assert.ok(found.length > 0);
      return found;
    });
    await page.webviewClick(`.node[data-id="${neuron}"]`);
    const text = await eventually(async () => {
      const shown = await page.webviewText('.evidence');
      assert.match(shown, /tokens of code/);
      return shown;
    });
    assert.match(text, /[Pp]romotes|[Rr]aises/);
    await page.screenshot('graph-evidence');
  });

  it('groups two parts under a name', async () => {
    const [first, second] = await ids('.neuron');
    for (const id of [first, second]) await page.webviewPress(`.node[data-id="${id}"]`, ' ');
    await page.webviewPress(`.node[data-id="${second}"]`, 'g');
    await eventually(async () => assert.equal(await nodes('.group'), 1));
    await page.screenshot('graph-group');
  });

  it('cuts a head out, and the answer changes as the graph said, or it says by how much not', async () => {
    const heads = await ids('.head');
    await page.webviewClick(`.node[data-id="${heads[0]}"]`);
    await page.webviewClick('[data-key="cut"]');
    const outcome = await eventually(async () => {
      const shown = await page.webviewText('.outcome');
      assert.match(shown, /Before[\s\S]*After/);
      return shown;
    });
    assert.match(outcome, /predicted [+−]\d+\.\d+, measured [+−]\d+\.\d+/);
    const [, before, after] = /Probability of .*: (\S+) → (\S+)/.exec(outcome) ?? [];
    assert.ok(before && after, outcome);
    assert.notEqual(after, before, 'the probability of the token is another without the head');
    await page.screenshot('graph-cut');
    await page.webviewClick('[data-key="undo"]');
    await eventually(async () => assert.equal(await page.webviewCount('.outcome'), 0));
  });

  it('goes where the cursor goes, and the cursor where the panel points', async () => {
    await clickInto(editor, { text: 'class', line: 1 });
    await eventually(async () => {
      const chosen = await page.webviewEvaluate('.canvas', `document.querySelector('.card h2').innerText`);
      assert.match(String(chosen), /class/);
    });
    const positions = (await ids('[data-id^="t"]')).map((id) => Number(id.slice(1)));
    await page.webviewClick(`.node[data-id="t${Math.max(...positions)}"]`);
    await page.webviewClick('[data-key="reveal"]');
    // The last token that the model read stands right before the first one that it wrote.
    const { line = 0, text } = firstWord(editor, sample);
    await eventually(() => {
      const { active } = editor.selection;
      assert.equal(active.line + 1, line);
      const written = editor.document.lineAt(active).text.lastIndexOf(text);
      assert.ok(
        active.character < written && active.character > written - 6,
        `${active.character}, ${written}`,
      );
    });
  });

  it('is written to a file, and opened again with its group', async () => {
    const place = join(folder, 'cart.json');
    void commands.executeCommand('whence.exportGraph');
    await saveAs(place);
    const file = await eventually(async () => JSON.parse(await readFile(place, 'utf8')) as GraphFile);
    assert.equal(file.metadata.scan, 'whence-code');
    assert.equal(file.qParams.supernodes.length, 1);
    await commands.executeCommand('whence.openGraph', Uri.file(place).toString());
    await eventually(async () => {
      assert.match(await page.webviewText('.note'), /From cart\.json/);
      assert.equal(await nodes('.group'), 1);
      assert.equal(await page.webviewCount('[data-key="cut"]'), 0, 'nothing can be cut in a file');
    });
    await page.screenshot('graph-opened');
  });

  it('is as legible in a light and in a high-contrast theme', async () => {
    await clickInto(editor, firstWord(editor, sample));
    await commands.executeCommand('whence.showCircuit');
    await eventually(async () => assert.equal(await page.webviewCount('.note'), 0));
    for (const [theme, name] of [
      ['Default Light Modern', 'light'],
      ['Default High Contrast', 'contrast'],
    ] as const) {
      await set('workbench.colorTheme', theme);
      await eventually(async () => {
        const classes = await page.webviewEvaluate('.canvas', 'document.body.className');
        assert.match(String(classes), name === 'light' ? /vscode-light/ : /vscode-high-contrast/);
      });
      await page.screenshot(`graph-${name}`);
    }
    assert.deepEqual(await page.foreignRequests(), []);
  });
});
