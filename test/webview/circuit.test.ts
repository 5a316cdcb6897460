import assert from 'node:assert/strict';
import { type Circuit, circuitOf } from '../../src/core/circuit';
import {
  circuitText,
  circuitTotals,
  contextOf,
  edgesOf,
  nodeLabel,
  nodeName,
} from '../../src/core/circuitWords';
import { showSigned } from '../../src/core/display';
import type { PanelState } from '../../src/core/panel';
import { openPanel, type PanelPage } from './page';
import { browser, states } from './world';

const box = { theme: 'vscode-dark', width: 900, height: 640 } as const;

describe('circuit panel', () => {
  let panel: PanelPage;
  let state: PanelState;
  let circuit: Circuit;

  beforeEach(async () => {
    panel = await openPanel(browser().context, 'circuit', box);
    state = await states().state(states().first, true);
    circuit = circuitOf(state.explanation!, 0.8);
    await panel.show(state);
  });

  afterEach(async () => {
    assert.deepEqual(
      await panel.page.evaluate(() => window.violations),
      [],
      'the content security policy held',
    );
    await panel.page.close();
  });

  const node = (id: string) => panel.page.locator(`.node[data-id="${id}"]`);
  const press = (...keys: readonly string[]) =>
    keys.reduce((before, key) => before.then(() => panel.page.keyboard.press(key)), Promise.resolve());
  const focused = () => panel.page.evaluate(() => document.activeElement?.getAttribute('data-id') ?? null);
  const strongestHead = () =>
    edgesOf(circuit, 'output', 'to').find((edge) => /^L\dH\d$/.test(edge.from))!.from;

  it('draws every node and edge of the real explanation, and its totals add up', async () => {
    const { page } = panel;
    assert.equal(await page.locator('.node').count(), circuit.nodes.length);
    assert.equal(await page.locator('.edge').count(), circuit.edges.length);
    assert.equal(await page.innerText('.totals'), circuitTotals(circuit));
    const total = state.explanation!.total;
    assert.ok(
      Math.abs(circuit.total - total) <= 1e-4 * Math.max(1, Math.abs(total)),
      `${circuit.total} ${total}`,
    );
  });

  it('fits the drawing into its box', async () => {
    const [drawing, canvas] = await panel.page.evaluate(() =>
      ['.nodes', '.canvas'].map((name) => document.querySelector(name)!.getBoundingClientRect().toJSON()),
    );
    assert.ok(drawing.left >= canvas.left && drawing.right <= canvas.right, 'across');
    assert.ok(drawing.top >= canvas.top && drawing.bottom <= canvas.bottom, 'up and down');
    assert.ok(drawing.width > 0.7 * canvas.width, `it uses ${drawing.width} of ${canvas.width}`);
  });

  it('tells a screen reader what each node is and brought, with one stop for Tab', async () => {
    for (const each of circuit.nodes) {
      assert.equal(await node(each.id).getAttribute('role'), 'button');
      assert.equal(
        await node(each.id).getAttribute('aria-label'),
        nodeLabel(circuit, each, contextOf(state)),
      );
    }
    assert.equal(await panel.page.locator('.node[tabindex="0"]').count(), 1);
  });

  it('walks along the strongest edges with the arrows, and lists what the node reads and gives', async () => {
    const head = strongestHead();
    await node(head).click();
    assert.equal(await focused(), head);
    assert.match(await panel.page.innerText('.card'), new RegExp(`^${head}`));
    const source = edgesOf(circuit, head, 'to')[0]!.from;
    await press('ArrowDown');
    assert.equal(await focused(), source);
    await press('ArrowUp', 'ArrowUp');
    assert.equal(await focused(), 'output');
    const reads = panel.page.locator('.card section', { hasText: 'Made of' }).locator('li');
    assert.equal(await reads.count(), edgesOf(circuit, 'output', 'to').length);
    await reads.first().getByRole('button').click();
    assert.equal(await focused(), edgesOf(circuit, 'output', 'to')[0]!.from);
    await press('ArrowLeft', 'ArrowRight');
    assert.notEqual(await focused(), 'output');
  });

  it('lights the paths through a node while the pointer is on it, and fades the rest', async () => {
    const head = strongestHead();
    const other = circuit.nodes.find(({ kind, id }) => kind === 'mlp' && id !== head)!.id;
    await node(head).hover();
    const lit = (id: string) => node(id).evaluate((element) => element.classList.contains('lit'));
    assert.deepEqual([await lit(head), await lit('output'), await lit(other)], [true, true, false]);
    assert.equal(await panel.page.locator('.edge.lit').count(), edgesOf(circuit, head, 'to').length + 1);
    await panel.page.mouse.move(5, 5);
    assert.equal(await panel.page.locator('svg.lighting').count(), 0);
  });

  it('pins with Space: the path stays lit and the part stays drawn whatever the slider says', async () => {
    const mlp = [...circuit.nodes].reverse().find(({ kind }) => kind === 'mlp')!.id;
    await node(mlp).focus();
    await press(' ');
    assert.equal(await node(mlp).getAttribute('aria-pressed'), 'true');
    await press('Escape');
    assert.equal(await node(mlp).evaluate((element) => element.classList.contains('lit')), true);
    await panel.page.locator('#keep').fill('10');
    assert.equal(await node(mlp).count(), 1);
    assert.ok((await panel.page.locator('.node').count()) < circuit.nodes.length);
    await node(mlp).focus();
    await press(' ');
    assert.equal(await node(mlp).count(), 0, 'unpinned, it falls under the slider');
  });

  it('draws less or more by the slider, and everything at its end', async () => {
    const { page } = panel;
    await page.locator('#keep').fill('30');
    const few = circuitOf(state.explanation!, 0.3);
    assert.equal(await page.locator('.node').count(), few.nodes.length);
    assert.equal(await page.innerText('.totals'), circuitTotals(few));
    await page.locator('#keep').fill('100');
    assert.equal(await page.locator('.node.rest').count(), 0);
    assert.equal(await page.locator('.node').count(), circuitOf(state.explanation!, 1).nodes.length);
  });

  it('searches from anywhere with a slash', async () => {
    await node('output').focus();
    await press('/');
    await press('m', 'l', 'p', 'Enter');
    assert.match(await panel.page.innerText('.card h2'), /^L\dMLP$/);
    const search = panel.page.getByRole('searchbox');
    await search.fill('no such thing');
    await press('Enter');
    assert.equal(await search.getAttribute('aria-invalid'), 'true');
  });

  it('says the same as a table, and leads back from it', async () => {
    await node('output').focus();
    await press('t');
    assert.equal(await panel.page.locator('.canvas').isVisible(), false);
    assert.equal(await panel.page.locator('.all tbody tr').count(), circuit.nodes.length);
    const names = new Map(circuit.nodes.map((each) => [each.id, nodeName(each, contextOf(state))]));
    for (const edge of circuit.edges) {
      const row = panel.page.locator('.all tr', { has: panel.page.locator(`[data-key="row-${edge.to}"]`) });
      const reads = (await row.locator('td').nth(1).innerText()).split('\n');
      assert.ok(
        reads.includes(`${showSigned(edge.value)} ${names.get(edge.from)}`),
        `${edge.id} in ${reads}`,
      );
    }
    const head = strongestHead();
    await panel.page.locator(`[data-key="row-${head}"]`).click();
    assert.equal(await panel.page.locator('.canvas').isVisible(), true);
    assert.equal(await focused(), head);
  });

  it('copies the circuit as text', async () => {
    await panel.page.getByRole('button', { name: 'Copy', exact: true }).click();
    const text = circuitText(circuit, contextOf(state), state.record.model);
    assert.deepEqual((await panel.posted()).at(-1), { type: 'copy', text });
    assert.ok(text.includes(strongestHead()));
  });

  it('shows a token in the editor', async () => {
    const token = circuit.nodes.find(({ kind }) => kind === 'token')!;
    await node(token.id).click();
    await panel.page.getByRole('button', { name: 'Show in Editor' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'reveal', index: token.position });
  });

  it('says what the token is compared with', async () => {
    await panel.show(await states().state(states().first, false, 'keys'));
    assert.match(await panel.page.innerText('h1'), /^Circuit of items rather than keys/);
    await node('output').focus();
    assert.match(await panel.page.innerText('.card'), /minus that of ‘keys’/);
  });

  it('explains its keys', async () => {
    await node('output').focus();
    await press('?');
    assert.equal(await panel.page.getByRole('dialog').isVisible(), true);
    await press('Escape');
    assert.equal(await panel.page.getByRole('dialog').isVisible(), false);
  });

  it('pans by dragging, zooms by the wheel, and fits again', async () => {
    const place = () => panel.page.locator('svg.circuit > g').getAttribute('transform');
    const fitted = await place();
    await panel.page.mouse.move(60, 200);
    await panel.page.mouse.down();
    await panel.page.mouse.move(120, 240, { steps: 3 });
    await panel.page.mouse.up();
    const panned = await place();
    assert.notEqual(panned, fitted);
    await panel.page.mouse.wheel(0, -200);
    await panel.page.waitForFunction(
      (before) => document.querySelector('svg.circuit > g')!.getAttribute('transform') !== before,
      panned,
    );
    await panel.page.getByRole('button', { name: 'Fit' }).click();
    assert.equal(await place(), fitted);
  });

  it('is as it was after a reload, before the host has said a word', async () => {
    const head = strongestHead();
    await panel.page.locator('#keep').fill('70');
    await node(head).focus();
    await press(' ');
    await panel.page.reload();
    assert.equal(await panel.page.locator('#keep').inputValue(), '70');
    assert.equal(await node(head).getAttribute('aria-pressed'), 'true');
    assert.match(await panel.page.innerText('.card'), new RegExp(`^${head}`));
  });

  it('lets go of what was chosen when another token is explained, but not of the slider', async () => {
    await panel.page.locator('#keep').fill('70');
    await node(strongestHead()).focus();
    await press(' ');
    await panel.show(await states().state(states().first + 1, false));
    assert.equal(await panel.page.locator('.node.pinned, .node.current').count(), 0);
    assert.equal(await panel.page.locator('#keep').inputValue(), '70');
  });

  it('moves nothing by itself for who asked for less motion', async () => {
    await panel.page.emulateMedia({ reducedMotion: 'reduce' });
    await node('output').focus();
    assert.ok((await panel.page.locator('.card .fill').count()) > 0);
    const moving = await panel.page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return transitionDuration !== '0s' || animationName !== 'none';
        }).length,
    );
    assert.equal(moving, 0);
  });
});
