import assert from 'node:assert/strict';
import { isDrawn } from '../../src/core/picture/picture';
import { nodeName } from '../../src/core/picture/words';
import { GraphScene } from './graphScene';

describe('circuit panel: what it draws', () => {
  const s = new GraphScene();

  it('draws what a newcomer can read of five hundred parts, and says how much that is', async () => {
    const drawn = s.picture;
    assert.equal(await s.panel.page.locator('.node').count(), drawn.nodes.length);
    assert.ok(drawn.nodes.filter(({ kind }) => kind !== 'rest').length <= 40, `${drawn.nodes.length} nodes`);
    assert.ok(s.heads.length >= 3, 'the heads that copy are there');
    const edges = drawn.edges.filter((edge) => isDrawn(drawn, edge)).length;
    const { replacement, completeness } = s.shown.extent.scores;
    await s.panel.page.locator('.totals', { hasText: 'completeness' }).waitFor();
    assert.equal(
      await s.panel.page.innerText('.totals'),
      `${drawn.parts} of 500 parts, ${edges} edges · replacement ${replacement.toFixed(2)} · graph completeness ${completeness.toFixed(2)}`,
    );
  });

  it('all that is drawn into a node and its rest add up to its value', () => {
    const { nodes, edges } = s.picture;
    nodes.forEach((each, index) => {
      if (each.value === null || (each.kind !== 'head' && each.kind !== 'logit')) return;
      const sum = edges.filter(({ to }) => to === index).reduce((total, { weight }) => total + weight, 0);
      assert.ok(
        Math.abs(sum - each.value) <= 1e-4 * Math.max(1, Math.abs(each.value)),
        `${each.id}: ${sum} ${each.value}`,
      );
    });
  });

  it('lays nothing over anything, and fits into its box', async () => {
    for (const percent of [s.shown.readable, 75, 100]) {
      await s.slide(percent);
      const overlaps = await s.panel.page.evaluate(() => {
        const boxes = [...document.querySelectorAll('.node')].map((each) => ({
          id: each.getAttribute('data-id'),
          at: each.getBoundingClientRect(),
        }));
        const canvas = document.querySelector('.canvas')!.getBoundingClientRect();
        const outside = boxes.filter(({ at }) => at.left < canvas.left - 1 || at.right > canvas.right + 1);
        const over: string[] = outside.map(({ id }) => `${id} outside`);
        boxes.forEach((a, index) => {
          for (const b of boxes.slice(index + 1)) {
            const across = Math.min(a.at.right, b.at.right) - Math.max(a.at.left, b.at.left);
            const down = Math.min(a.at.bottom, b.at.bottom) - Math.max(a.at.top, b.at.top);
            if (across > 0.5 && down > 0.5) over.push(`${a.id} over ${b.id}`);
          }
        });
        return over;
      });
      assert.deepEqual(overlaps, [], `at ${percent}%`);
    }
  });

  it('paints edges: the canvas above a strong edge is not empty', async () => {
    const painted = await s.panel.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.edges')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    });
    assert.equal(painted, true);
  });

  it('tells a screen reader what each node is, where, how much passes, and what it reads, with one stop for Tab', async () => {
    const { nodes } = s.picture;
    for (const each of nodes) {
      const label = (await s.node(each.id).getAttribute('aria-label'))!;
      assert.ok(label.startsWith(nodeName(each, s.shown.context)), label);
    }
    const strongest = s.heads.find(({ id }) => s.inputsOf(id).length > 0)!;
    assert.match(
      (await s.node(strongest.id).getAttribute('aria-label'))!,
      /of all influence, most from .*, [+−]/,
    );
    assert.equal(await s.panel.page.locator('.node[tabindex="0"]').count(), 1);
    assert.equal(await s.node(s.answer.id).getAttribute('tabindex'), '0');
  });

  it('walks along the strongest edges with the arrows', async () => {
    await s.node(s.answer.id).focus();
    await s.press('ArrowDown');
    const first = s.inputsOf(s.answer.id)[0]!;
    assert.equal(await s.focused(), first);
    await s.press('ArrowUp');
    assert.equal(await s.focused(), s.answer.id);
    await s.press('ArrowDown', 'ArrowLeft');
    const left = await s.focused();
    await s.press('ArrowRight');
    assert.ok((await s.focused()) === first || left === first, 'left and right are one another back');
  });

  it('lists all that the chosen node reads and gives, drawn or not, with values that add up', async () => {
    const head = s.heads.find(({ id }) => s.inputsOf(id).length > 0)!;
    await s.node(head.id).click();
    assert.equal(await s.panel.page.innerText('.card h2'), nodeName(head, s.shown.context));
    const reads = s.panel.page.locator('.card section', { hasText: 'Reads' });
    await reads.getByRole('button', { name: /more, together/ }).click();
    const values = await s.panel.page
      .locator('.card section', { hasText: 'Reads' })
      .locator('.signed')
      .allInnerTexts();
    const sum = values.reduce((total, text) => total + Number(text.split(' ')[0]!.replace('−', '-')), 0);
    assert.ok(Math.abs(sum - head.value!) < 0.005 * values.length + 0.01, `${sum} ${head.value}`);
  });

  it('draws what it goes to: a part that is only in the list is pinned, and an undo lets it go', async () => {
    const head = s.heads.find(({ id }) => s.inputsOf(id).length > 0)!;
    await s.node(head.id).click();
    const undrawn = s.panel.page.locator('.card .undrawn button').first();
    const name = await undrawn.innerText();
    const before = await s.panel.page.locator('.node').count();
    await undrawn.click();
    assert.equal(await s.panel.page.innerText('.card h2'), name);
    assert.ok((await s.panel.page.locator('.node').count()) > before);
    assert.equal(await s.panel.page.locator('.node.pinned').count(), 1);
    await s.press('Control+z');
    await s.frame();
    assert.equal(await s.panel.page.locator('.node').count(), before);
  });

  it('lights the paths through a node while the pointer is on it, and fades the rest', async () => {
    const head = s.heads[0]!;
    await s.node(head.id).hover();
    await s.frame();
    const lit = (id: string) => s.node(id).evaluate((element) => element.classList.contains('lit'));
    assert.equal(await lit(head.id), true);
    assert.equal(await lit(s.answer.id), true);
    assert.ok((await s.panel.page.locator('.node.lit').count()) < s.picture.nodes.length);
    await s.panel.page.mouse.move(5, 5);
    await s.frame();
    assert.equal(await s.panel.page.locator('.lighting').count(), 0);
  });

  it('says why a head looks where it looks, and draws who brings it to', async () => {
    const { scores, nodes } = s.picture;
    const telling = scores.find((score) => score.telling)!;
    await s.node(nodes[telling.to]!.id).click();
    const because = s.panel.page.locator('.card section', { hasText: 'Looks there because of' });
    assert.ok((await because.innerText()).includes(nodeName(nodes[telling.from]!, s.shown.context)));
    const giver = nodes.findIndex(({ kind }, at) => {
      const given = scores.filter(({ from }) => from === at);
      return kind === 'head' && given.length > 0 && given.every(({ effect }) => effect !== null);
    });
    await s.node(nodes[giver]!.id).click();
    const guides = s.panel.page.locator('.card section', { hasText: 'Tells where to look' });
    assert.match(await guides.innerText(), /in logits the answer loses without it, estimated/);
  });

  it('keeps what is pinned drawn whatever the slider says', async () => {
    const weak = [...s.heads].sort((a, b) => a.influence - b.influence)[0]!;
    await s.node(weak.id).focus();
    await s.press(' ');
    await s.frame();
    assert.equal(await s.node(weak.id).getAttribute('aria-pressed'), 'true');
    await s.slide(30);
    assert.equal(await s.node(weak.id).count(), 1);
    assert.ok((await s.panel.page.locator('.node').count()) < s.picture.nodes.length);
    await s.node(weak.id).focus();
    await s.press(' ');
    await s.frame();
    assert.equal(await s.node(weak.id).count(), 0, 'unpinned, it falls under the slider');
  });

  it('draws everything at the end of the slider', async () => {
    await s.slide(100);
    assert.match(await s.panel.page.innerText('.totals'), /^500 of 500 parts/);
    assert.equal(await s.panel.page.locator('.node.head, .node.neuron').count(), 500);
  });

  it('fits again where more parts would leave what is looked at empty', async () => {
    const { mouse } = s.panel.page;
    const canvas = (await s.panel.page.locator('.canvas').boundingBox())!;
    for (let times = 0; times < 2; times++) {
      await mouse.move(canvas.x + 120, canvas.y + canvas.height - 20);
      await mouse.down();
      await mouse.move(canvas.x + canvas.width - 10, canvas.y + canvas.height - 20, { steps: 3 });
      await mouse.up();
    }
    const seen = async () => {
      const box = await s.node(s.answer.id).boundingBox();
      return box !== null && box.x > canvas.x && box.x + box.width < canvas.x + canvas.width;
    };
    assert.equal(await seen(), false);
    await s.slide(100);
    assert.equal(await seen(), true);
  });

  it('offers to trace more where everything that was traced is drawn', async () => {
    const more = s.panel.page.getByRole('button', { name: 'Trace More' });
    await s.slide(60);
    assert.equal(await more.count(), 0);
    await s.slide(100);
    await more.click();
    assert.deepEqual(await s.last('trace'), { type: 'trace', nodes: 1000 });
  });

  it('folds a layer into one node and opens it', async () => {
    await s.panel.page.locator('.row', { hasText: 'layer 0' }).click();
    await s.frame();
    assert.equal(await s.node('layer 0').count(), 1);
    assert.equal(await s.panel.page.locator('.node[data-id^="L0"]').count(), 0);
    await s.node('layer 0').focus();
    await s.press('f');
    await s.frame();
    assert.equal(await s.node('layer 0').count(), 0);
  });

  it('finds what is drawn, and what is not', async () => {
    await s.node(s.answer.id).focus();
    await s.press('/');
    await s.panel.page.keyboard.type(s.heads[0]!.label);
    await s.press('Enter');
    assert.match(await s.panel.page.innerText('.card h2'), new RegExp(`^${s.heads[0]!.label} `));
    const { nodes } = s.circuit.document.graph;
    const drawn = new Set(s.picture.nodes.map(({ label }) => label));
    const hidden = nodes.find(({ kind, label }) => kind === 'neuron' && !drawn.has(label))!;
    const search = s.panel.page.getByRole('searchbox');
    await search.fill(hidden.label);
    await search.press('Enter');
    assert.match(await s.panel.page.innerText('.card h2'), new RegExp(`^${hidden.label} `));
    await search.fill('no such thing');
    await search.press('Enter');
    assert.equal(await search.getAttribute('aria-invalid'), 'true');
  });

  it('says the same as a table, sorted as asked, all by keyboard', async () => {
    await s.node(s.answer.id).focus();
    await s.press('t');
    await s.frame();
    assert.equal(await s.panel.page.locator('.canvas').isVisible(), false);
    assert.equal(await s.panel.page.locator('.all tbody tr').count(), s.picture.nodes.length);
    assert.equal(await s.panel.page.locator('[data-key="sort-influence"]').count(), 1);
    await s.panel.page.locator('[data-key="sort-layer"]').press('Enter');
    assert.equal(await s.panel.page.locator('th[aria-sort]').innerText(), 'Layer ↑');
    const layers = await s.panel.page.locator('.all tbody td:nth-child(3)').allInnerTexts();
    const numbers = layers.filter((text) => text !== '').map(Number);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    const head = s.heads[0]!;
    await s.panel.page.locator(`[data-key="row-${head.id}"]`).press('Enter');
    assert.equal(await s.panel.page.innerText('.card h2'), nodeName(head, s.shown.context));
    await s.press('t');
    assert.equal(await s.panel.page.locator('.canvas').isVisible(), true);
  });

  it('pans by dragging, zooms by the wheel, shows a map when large, and fits again', async () => {
    const place = () => s.panel.page.locator('.nodes').getAttribute('style');
    const fitted = await place();
    assert.equal(await s.panel.page.locator('.minimap').isVisible(), false);
    const canvas = (await s.panel.page.locator('.canvas').boundingBox())!;
    await s.panel.page.mouse.move(canvas.x + 120, canvas.y + 60);
    await s.panel.page.mouse.down();
    await s.panel.page.mouse.move(canvas.x + 180, canvas.y + 100, { steps: 3 });
    await s.panel.page.mouse.up();
    const panned = await place();
    assert.notEqual(panned, fitted);
    await s.panel.page.mouse.wheel(0, -600);
    await s.panel.page.locator('.minimap').waitFor({ state: 'visible' });
    await s.panel.page.getByRole('button', { name: 'Fit' }).click();
    assert.equal(await place(), fitted);
    assert.equal(await s.panel.page.locator('.minimap').isVisible(), false);
  });

  it('explains its keys, and moves nothing by itself for who asked for less motion', async () => {
    await s.node(s.answer.id).focus();
    await s.press('?');
    assert.equal(await s.panel.page.getByRole('dialog').isVisible(), true);
    await s.press('Escape');
    assert.equal(await s.panel.page.getByRole('dialog').isVisible(), false);
    await s.panel.page.emulateMedia({ reducedMotion: 'reduce' });
    const moving = await s.panel.page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return transitionDuration !== '0s' || animationName !== 'none';
        }).length,
    );
    assert.equal(moving, 0);
  });
});
