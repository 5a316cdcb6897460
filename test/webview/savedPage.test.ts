import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { savedPage } from '../../src/core/savedPage';
import { circuitOf } from './circuits';
import { browser, states } from './world';

describe('a circuit as a page of its own', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-saved-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('shows the circuit in a browser without a network, and asks for nothing', async () => {
    const circuit = await circuitOf(states().first);
    const hostile = '</script><script>document.title = "pwned"</script>';
    const subject = { ...circuit.subject, title: hostile, sentence: hostile };
    const style = (name: string) => readFile(`media/webview/${name}.css`, 'utf8');
    const html = savedPage({
      circuit: { ...circuit, subject },
      script: await readFile('dist/webview/saved.js', 'utf8'),
      styles: await Promise.all(['saved', 'common', 'graph'].map(style)),
      nonce: 'once',
    });
    const file = join(folder, 'circuit.html');
    await writeFile(file, html);
    const page = await browser().context.newPage();
    const asked: string[] = [];
    const problems: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.context().setOffline(true);
    try {
      await page.goto(pathToFileURL(file).href);
      await page.locator('.node').first().waitFor();
      const parts = circuit.document.graph.nodes.filter(({ kind }) => kind === 'neuron' || kind === 'head');
      assert.match(await page.innerText('.totals'), new RegExp(`of ${parts.length} parts`));
      assert.equal(await page.innerText('.sentence'), hostile, 'words of the model are words');
      assert.notEqual(await page.title(), 'pwned');
      assert.equal(await page.locator('[data-key="cut"]').count(), 0, 'there is no model to ask');
      await page.locator('.node.head').first().click();
      assert.match(await page.innerText('.card h2'), /^L\dH\d/);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        asked.filter((url) => !url.startsWith('file:')),
        [],
      );
    } finally {
      await page.context().setOffline(false);
      await page.close();
    }
  });
});
