import assert from 'node:assert/strict';
import type { FromCircuitPanel, PanelCircuit } from '../../src/core/circuitPanel';
import type { GraphFile } from '../../src/core/interchange/format';
import { importGraph } from '../../src/core/interchange/import';
import { circuitMermaid } from '../../src/core/picture/mermaid';
import { isDrawn } from '../../src/core/picture/picture';
import { circuitText } from '../../src/core/picture/text';
import { nodeName } from '../../src/core/picture/words';
import { firstSettings } from '../../src/webview/graph/settings';
import { ShownCircuit } from '../../src/webview/graph/store';
import { circuitOf, shows } from './circuits';
import { openPanel, type PanelPage } from './page';
import { browser, states } from './world';

const box = { theme: 'vscode-dark', width: 1000, height: 700 } as const;

describe('circuit panel on a traced graph', () => {
  let panel: PanelPage;
  let circuit: PanelCircuit;
  /** What the panel should show, by the same core. */
  let shown: ShownCircuit;
  const picture = () => shown.drawn(1.2).picture;

  beforeEach(async () => {
    panel = await openPanel(browser().context, 'graph', box);
    circuit = await circuitOf(states().first);
    shown = new ShownCircuit(circuit, firstSettings);
    await panel.send({ type: 'mode', mode: 'plain' });
    await panel.send(shows(circuit));
    await panel.page.locator('.node').first().waitFor();
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
  const last = async <T extends FromCircuitPanel['type']>(type: T) =>
    (await panel.posted()).filter((message) => message.type === type).at(-1) as
      | Extract<FromCircuitPanel, { type: T }>
      | undefined;
  const frame = () =>
    panel.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  const slide = async (percent: number) => {
    await panel.page.locator('#keep').fill(String(percent));
    await frame();
  };
  const heads = () => picture().nodes.filter(({ kind }) => kind === 'head');
  const answer = () => picture().nodes.find(({ kind }) => kind === 'logit')!;
  const inputsOf = (id: string) => {
    const { nodes, edges } = picture();
    const at = nodes.findIndex((each) => each.id === id);
    return edges
      .filter(({ to, from }) => to === at && nodes[from]!.kind !== 'rest')
      .map(({ from }) => nodes[from]!.id);
  };

  it('draws what a newcomer can read of five hundred parts, and says how much that is', async () => {
    const drawn = picture();
    assert.equal(await panel.page.locator('.node').count(), drawn.nodes.length);
    assert.ok(drawn.nodes.filter(({ kind }) => kind !== 'rest').length <= 40, `${drawn.nodes.length} nodes`);
    assert.ok(heads().length >= 3, 'the heads that copy are there');
    const edges = drawn.edges.filter((edge) => isDrawn(drawn, edge)).length;
    const { replacement, completeness } = shown.extent.scores;
    await panel.page.locator('.totals', { hasText: 'completeness' }).waitFor();
    assert.equal(
      await panel.page.innerText('.totals'),
      `${drawn.parts} of 500 parts, ${edges} edges · replacement ${replacement.toFixed(2)} · completeness ${completeness.toFixed(2)}`,
    );
  });

  it('all that is drawn into a node and its rest add up to its value', () => {
    const { nodes, edges } = picture();
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
    for (const percent of [shown.readable, 75, 100]) {
      await slide(percent);
      const overlaps = await panel.page.evaluate(() => {
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
    const painted = await panel.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.edges')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    });
    assert.equal(painted, true);
  });

  it('tells a screen reader what each node is, where, how much passes, and what it reads, with one stop for Tab', async () => {
    const { nodes } = picture();
    for (const each of nodes) {
      const label = (await node(each.id).getAttribute('aria-label'))!;
      assert.ok(label.startsWith(nodeName(each, shown.context)), label);
    }
    const strongest = heads().find(({ id }) => inputsOf(id).length > 0)!;
    assert.match(
      (await node(strongest.id).getAttribute('aria-label'))!,
      /of all influence, most from .*, [+−]/,
    );
    assert.equal(await panel.page.locator('.node[tabindex="0"]').count(), 1);
    assert.equal(await node(answer().id).getAttribute('tabindex'), '0');
  });

  it('walks along the strongest edges with the arrows', async () => {
    await node(answer().id).focus();
    await press('ArrowDown');
    const first = inputsOf(answer().id)[0]!;
    assert.equal(await focused(), first);
    await press('ArrowUp');
    assert.equal(await focused(), answer().id);
    await press('ArrowDown', 'ArrowLeft');
    const left = await focused();
    await press('ArrowRight');
    assert.ok((await focused()) === first || left === first, 'left and right are one another back');
  });

  it('lists all that the chosen node reads and gives, drawn or not, with values that add up', async () => {
    const head = heads().find(({ id }) => inputsOf(id).length > 0)!;
    await node(head.id).click();
    assert.equal(await panel.page.innerText('.card h2'), nodeName(head, shown.context));
    const reads = panel.page.locator('.card section', { hasText: 'Reads' });
    await reads.getByRole('button', { name: /more, together/ }).click();
    const values = await panel.page
      .locator('.card section', { hasText: 'Reads' })
      .locator('.signed')
      .allInnerTexts();
    const sum = values.reduce((total, text) => total + Number(text.split(' ')[0]!.replace('−', '-')), 0);
    assert.ok(Math.abs(sum - head.value!) < 0.005 * values.length + 0.01, `${sum} ${head.value}`);
  });

  it('draws what it goes to: a part that is only in the list is pinned, and an undo lets it go', async () => {
    const head = heads().find(({ id }) => inputsOf(id).length > 0)!;
    await node(head.id).click();
    const undrawn = panel.page.locator('.card .undrawn button').first();
    const name = await undrawn.innerText();
    const before = await panel.page.locator('.node').count();
    await undrawn.click();
    assert.equal(await panel.page.innerText('.card h2'), name);
    assert.ok((await panel.page.locator('.node').count()) > before);
    assert.equal(await panel.page.locator('.node.pinned').count(), 1);
    await press('Control+z');
    await frame();
    assert.equal(await panel.page.locator('.node').count(), before);
  });

  it('lights the paths through a node while the pointer is on it, and fades the rest', async () => {
    const head = heads()[0]!;
    await node(head.id).hover();
    await frame();
    const lit = (id: string) => node(id).evaluate((element) => element.classList.contains('lit'));
    assert.equal(await lit(head.id), true);
    assert.equal(await lit(answer().id), true);
    assert.ok((await panel.page.locator('.node.lit').count()) < picture().nodes.length);
    await panel.page.mouse.move(5, 5);
    await frame();
    assert.equal(await panel.page.locator('.lighting').count(), 0);
  });

  it('says why a head looks where it looks, and draws who brings it to', async () => {
    const { scores, nodes } = picture();
    const telling = scores.find((score) => score.telling)!;
    await node(nodes[telling.to]!.id).click();
    const because = panel.page.locator('.card section', { hasText: 'Looks there because of' });
    assert.ok((await because.innerText()).includes(nodeName(nodes[telling.from]!, shown.context)));
  });

  it('keeps what is pinned drawn whatever the slider says', async () => {
    const weak = [...heads()].sort((a, b) => a.influence - b.influence)[0]!;
    await node(weak.id).focus();
    await press(' ');
    await frame();
    assert.equal(await node(weak.id).getAttribute('aria-pressed'), 'true');
    await slide(30);
    assert.equal(await node(weak.id).count(), 1);
    assert.ok((await panel.page.locator('.node').count()) < picture().nodes.length);
    await node(weak.id).focus();
    await press(' ');
    await frame();
    assert.equal(await node(weak.id).count(), 0, 'unpinned, it falls under the slider');
  });

  it('draws everything at the end of the slider', async () => {
    await slide(100);
    assert.match(await panel.page.innerText('.totals'), /^500 of 500 parts/);
    assert.equal(await panel.page.locator('.node.head, .node.neuron').count(), 500);
  });

  it('groups, renames, takes apart and undoes', async () => {
    const [a, b] = picture()
      .nodes.filter(({ kind }) => kind === 'neuron')
      .map(({ id }) => id);
    await node(a!).focus();
    await press(' ');
    await node(b!).focus();
    await press('g');
    const group = node(`group ${a}`);
    assert.equal(await group.count(), 1);
    assert.equal((await node(a!).count()) + (await node(b!).count()), 0);
    assert.equal(await focused(), `group ${a}`);
    await panel.page.getByRole('button', { name: 'Rename' }).click();
    await panel.page.getByRole('textbox', { name: 'Name' }).fill('two of a kind');
    await press('Enter');
    await frame();
    assert.equal(await group.locator('.label').innerText(), 'two of a kind');
    const view = (await new Promise((done) => setTimeout(done, 300)).then(() => last('save')))!.settings.view;
    assert.deepEqual(view.supernodes, [{ label: 'two of a kind', nodes: [a, b] }]);
    await press('Control+z', 'Control+z');
    await frame();
    assert.equal((await node(a!).count()) + (await node(b!).count()), 2);
    assert.equal(await group.count(), 0);
  });

  it('offers groups that the rule found', async () => {
    const nodes = picture()
      .nodes.filter(({ kind }) => kind === 'neuron')
      .slice(0, 3)
      .map(({ id }) => id);
    const { names, headScores } = circuit;
    const suggestions = [{ label: 'promote items', nodes }];
    await panel.send({ type: 'known', id: circuit.subject.id, names, headScores, suggestions });
    await panel.page.getByRole('button', { name: 'Group promote items' }).click();
    await frame();
    assert.equal(await node(`group ${nodes[0]}`).locator('.label').innerText(), 'promote items');
  });

  it('folds a layer into one node and opens it', async () => {
    await panel.page.locator('.row', { hasText: 'layer 0' }).click();
    await frame();
    assert.equal(await node('layer 0').count(), 1);
    assert.equal(await panel.page.locator('.node[data-id^="L0"]').count(), 0);
    await node('layer 0').focus();
    await press('f');
    await frame();
    assert.equal(await node('layer 0').count(), 0);
  });

  it('finds what is drawn, and what is not', async () => {
    await node(answer().id).focus();
    await press('/');
    await panel.page.keyboard.type(heads()[0]!.label);
    await press('Enter');
    assert.match(await panel.page.innerText('.card h2'), new RegExp(`^${heads()[0]!.label} `));
    const { nodes } = circuit.document.graph;
    const drawn = new Set(picture().nodes.map(({ label }) => label));
    const hidden = nodes.find(({ kind, label }) => kind === 'neuron' && !drawn.has(label))!;
    const search = panel.page.getByRole('searchbox');
    await search.fill(hidden.label);
    await search.press('Enter');
    assert.match(await panel.page.innerText('.card h2'), new RegExp(`^${hidden.label} `));
    await search.fill('no such thing');
    await search.press('Enter');
    assert.equal(await search.getAttribute('aria-invalid'), 'true');
  });

  it('says the same as a table, sorted as asked, all by keyboard', async () => {
    await node(answer().id).focus();
    await press('t');
    await frame();
    assert.equal(await panel.page.locator('.canvas').isVisible(), false);
    assert.equal(await panel.page.locator('.all tbody tr').count(), picture().nodes.length);
    assert.equal(await panel.page.locator('[data-key="sort-influence"]').count(), 1);
    await panel.page.locator('[data-key="sort-layer"]').press('Enter');
    assert.equal(await panel.page.locator('th[aria-sort]').innerText(), 'Layer ↑');
    const layers = await panel.page.locator('.all tbody td:nth-child(3)').allInnerTexts();
    const numbers = layers.filter((text) => text !== '').map(Number);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    const head = heads()[0]!;
    await panel.page.locator(`[data-key="row-${head.id}"]`).press('Enter');
    assert.equal(await panel.page.innerText('.card h2'), nodeName(head, shown.context));
    await press('t');
    assert.equal(await panel.page.locator('.canvas').isVisible(), true);
  });

  it('asks for a cut by X, shows before and after, and undoes it', async () => {
    const head = heads()[0]!;
    await node(head.id).focus();
    await press('x');
    const asked = (await last('change'))!;
    const changes = [{ nodes: [head.id], how: { kind: 'zero' as const }, everywhere: false }];
    assert.deepEqual(asked, { type: 'change', changes, freezeAttention: false });
    const side = (probability: number, text: string) => ({
      metric: 1,
      probability,
      rank: 1,
      entropy: 1,
      top: [{ id: 1, text: 'items', probability }],
      continuation: { text, ids: [] },
    });
    await panel.send({
      type: 'changed',
      id: circuit.subject.id,
      outcome: {
        changes,
        freezeAttention: false,
        before: side(0.64, 'items)\n    x'),
        after: side(0.12, 'prices)\n    x'),
        predicted: -2.1,
        measured: -1.8,
        agreement: { correlation: 0.93, count: 4 },
      },
    });
    const outcome = await panel.page.innerText('.outcome');
    assert.match(outcome, /0\.64 → 0\.12/);
    assert.match(outcome, /predicted −2\.10, measured −1\.80/);
    assert.match(outcome, /r = 0\.93/);
    assert.deepEqual(await panel.page.locator('.continuation mark').allInnerTexts(), ['item', 'price']);
    assert.equal(await node(head.id).locator('.badge').innerText(), '✂');
    await panel.page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual((await last('change'))!.changes, []);
  });

  it('cuts as it is told to: everywhere, by the mean, attention held; halves and doubles', async () => {
    const head = heads()[0]!;
    await node(head.id).click();
    await panel.page.locator('.options summary').click();
    await panel.page.getByLabel('at every token of the text').check();
    await panel.page.getByLabel('attention looks where it looked').check();
    await panel.page.locator('.options select').selectOption('mean');
    await panel.page.locator('[data-key="cut"]').click();
    assert.deepEqual(await last('change'), {
      type: 'change',
      changes: [{ nodes: [head.id], how: { kind: 'mean' }, everywhere: true }],
      freezeAttention: true,
    });
    await panel.page.locator('[data-key="halve"]').click();
    assert.deepEqual((await last('change'))!.changes[0]!.how, { kind: 'scale', factor: 0.5 });
  });

  it('tests the circuit that is drawn', async () => {
    await panel.page.getByRole('button', { name: 'Test This Circuit' }).click();
    const { nodes } = (await last('test'))!;
    const parts = picture().nodes.filter(({ kind }) => kind === 'head' || kind === 'neuron');
    assert.deepEqual([...nodes].sort(), parts.map(({ id }) => id).sort());
    await panel.send({ type: 'busy', what: 'test', doing: 'Running only these parts', problem: null });
    assert.match(await panel.page.innerText('.doing'), /Running only these parts/);
    const share = { faithfulness: 0.8, completeness: 0.1, probability: 0.5 };
    const random = { ...share, faithfulness: 0.02, completeness: 0.97 };
    await panel.send({
      type: 'tested',
      id: circuit.subject.id,
      trial: { parts: nodes.length, all: 2064, circuit: share, random },
    });
    assert.match(await panel.page.innerText('.trial'), /only these give\s+80%\s+2%/);
    assert.equal(await panel.page.locator('.doing').count(), 0);
  });

  it('asks the index about the chosen part once, and shows its evidence', async () => {
    const neuron = picture().nodes.find(({ kind }) => kind === 'neuron')!;
    await node(neuron.id).click();
    await panel.page.waitForFunction(() => window.posted.some(({ type }) => type === 'ask'));
    const { part } = (await last('ask'))!;
    assert.equal(part, neuron.label);
    await panel.send({
      type: 'evidence',
      part,
      evidence: {
        label: 'after `return`',
        support: '17 of its 20 strongest contexts',
        role: null,
        frequency: 0.031,
        corpus: '64 files of Python',
        contexts: [{ tokens: ['return', ' self', '.'], activations: [0, 1, 4], peak: 2, source: 'a.py' }],
        promoted: [{ text: 'items', score: 0.4 }],
        suppressed: [],
      },
      problem: null,
      offer: null,
    });
    const text = await panel.page.innerText('.evidence');
    assert.match(text, /after `return` \(17 of its 20 strongest contexts\)/);
    assert.match(text, /3% of the tokens of 64 files of Python/);
    assert.equal(await panel.page.innerText('.contexts .target'), '.');
    await panel.send({
      type: 'evidence',
      part,
      evidence: null,
      problem: 'There is no index of this model yet.',
      offer: { label: 'Build the Index', what: 'buildIndex' },
    });
    await panel.page.getByRole('button', { name: 'Build the Index' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'buildIndex' });
  });

  it('copies words, Mermaid and JSON that reads back with pins and groups', async () => {
    const [a, b] = heads().map(({ id }) => id);
    await node(a!).focus();
    await press(' ');
    await node(b!).focus();
    await press('g');
    const content = async (key: string) => {
      await panel.page.getByRole('button', { name: 'Copy or Save…' }).click();
      await panel.page.locator(`[data-key="${key}"]`).click();
      await panel.page.waitForFunction(() => window.posted.at(-1)?.type === 'export');
      return (await last('export'))!;
    };
    const settings = {
      ...firstSettings,
      view: { ...firstSettings.view, supernodes: [{ label: 'group of 2', nodes: [a!, b!] }] },
    };
    const own = new ShownCircuit(circuit, settings);
    const { picture: drawn, context } = own.drawn(1);
    const words = await content('copy-words');
    assert.deepEqual([words.format, words.how], ['words', 'copy']);
    assert.equal(words.content, circuitText(drawn, context, own.extent));
    assert.equal((await content('copy-mermaid')).content, circuitMermaid(drawn, context));
    const json = JSON.parse((await content('save-json')).content!) as GraphFile;
    const { document } = importGraph(JSON.stringify(json));
    assert.deepEqual(document.view.supernodes, [{ label: 'group of 2', nodes: [a, b] }]);
    assert.equal(document.graph.nodes.length, circuit.document.graph.nodes.length);
  });

  it('saves a picture as SVG and as PNG', async () => {
    const save = async (format: string) => {
      await panel.page.getByRole('button', { name: 'Copy or Save…' }).click();
      await panel.page.locator(`[data-key="save-${format}"]`).click();
      await panel.page.waitForFunction((wanted) => {
        const posted = window.posted.at(-1);
        return posted?.type === 'export' && posted.format === wanted;
      }, format as 'svg');
      return (await last('export'))!.content!;
    };
    const svg = await save('svg');
    const parsed = await panel.page.evaluate((text) => {
      const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
      return { name: root.nodeName, rects: root.querySelectorAll('rect').length };
    }, svg);
    assert.equal(parsed.name, 'svg');
    assert.ok(parsed.rects > picture().nodes.length, 'a box for every node');
    const png = Buffer.from(await save('png'), 'base64');
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.ok(
      png.readUInt32BE(16) > 400 && png.length > 5000,
      `${png.readUInt32BE(16)} wide, ${png.length} bytes`,
    );
  });

  it('shows a token in the editor, and goes where the editor points', async () => {
    const token = picture().nodes.find(({ kind }) => kind === 'token')!;
    await node(token.id).click();
    await panel.page.getByRole('button', { name: 'Show in Editor' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'reveal', position: token.position });
    await panel.send({ type: 'go', node: heads()[1]!.id });
    await frame();
    assert.equal(await focused(), heads()[1]!.id);
  });

  it('grows while it is traced, counts, and can be stopped', async () => {
    await panel.send({
      type: 'tracing',
      subject: { ...circuit.subject, id: 'another' },
      nodes: 0,
      wanted: 500,
      doing: 'Running the model',
      graph: null,
    });
    assert.match(await panel.page.innerText('.progress'), /Running the model…/);
    const few = await circuitOf(states().first, 20);
    await panel.send({
      type: 'tracing',
      subject: { ...circuit.subject, id: 'another' },
      nodes: 20,
      wanted: 500,
      doing: null,
      graph: few.document.graph,
    });
    await frame();
    assert.match(await panel.page.innerText('.progress'), /20 of 500 parts/);
    assert.ok((await panel.page.locator('.node').count()) > 5);
    await panel.page.getByRole('button', { name: 'Stop' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'stop' });
    await panel.send({
      type: 'circuit',
      circuit: { ...few, subject: { ...few.subject, id: 'another' } },
      saved: null,
    });
    assert.equal(await panel.page.locator('.progress').count(), 0);
  });

  it('says what to do when there is nothing, and why there is nothing', async () => {
    await panel.send({ type: 'empty', message: 'Nothing is explained yet.', command: 'completeHere' });
    await panel.page.getByRole('button', { name: 'Complete Here' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'command', command: 'completeHere' });
    await panel.send({ type: 'failed', subject: null, message: 'The text is too long to be traced.' });
    assert.match(await panel.page.innerText('[role="alert"]'), /too long/);
    await panel.send(shows(circuit));
    assert.ok((await panel.page.locator('.node').count()) > 5);
  });

  it('offers no cut where the model cannot be run', async () => {
    await panel.send(shows({ ...circuit, subject: { ...circuit.subject, id: 'foreign' }, live: false }));
    await node(heads()[0]!.id).click();
    assert.equal(await panel.page.locator('[data-key="cut"]').count(), 0);
    assert.equal(await panel.page.getByRole('button', { name: 'Test This Circuit' }).isVisible(), false);
    await press('x');
    assert.equal(await last('change'), undefined);
  });

  it('says ablate to experts, cut to all others', async () => {
    await node(heads()[0]!.id).click();
    assert.equal(await panel.page.innerText('[data-key="cut"]'), 'Cut');
    await panel.send({ type: 'mode', mode: 'expert' });
    assert.equal(await panel.page.innerText('[data-key="cut"]'), 'Ablate');
  });

  it('is as it was after a reload, and as the host kept it elsewhere', async () => {
    const head = heads()[0]!;
    await slide(40);
    await node(head.id).focus();
    await press(' ');
    await panel.page.waitForFunction(() => window.posted.at(-1)?.type === 'save');
    const { settings } = (await last('save'))!;
    await panel.page.reload();
    await panel.send(shows(circuit));
    await frame();
    assert.equal(await panel.page.locator('#keep').inputValue(), '40');
    assert.equal(await node(head.id).getAttribute('aria-pressed'), 'true');
    assert.match(await panel.page.innerText('.card h2'), new RegExp(`^${head.label}`));
    const other = { ...circuit, subject: { ...circuit.subject, id: 'other' } };
    await panel.send({ type: 'circuit', circuit: other, saved: settings });
    await frame();
    assert.equal(await panel.page.locator('#keep').inputValue(), '40');
    await panel.send({
      type: 'circuit',
      circuit: { ...other, subject: { ...other.subject, id: 'third' } },
      saved: null,
    });
    await frame();
    assert.equal(await panel.page.locator('#keep').inputValue(), String(shown.readable));
    assert.equal(await panel.page.locator('.node.pinned').count(), 0);
  });

  it('pans by dragging, zooms by the wheel, shows a map when large, and fits again', async () => {
    const place = () => panel.page.locator('.nodes').getAttribute('style');
    const fitted = await place();
    assert.equal(await panel.page.locator('.minimap').isVisible(), false);
    const canvas = (await panel.page.locator('.canvas').boundingBox())!;
    await panel.page.mouse.move(canvas.x + 120, canvas.y + 60);
    await panel.page.mouse.down();
    await panel.page.mouse.move(canvas.x + 180, canvas.y + 100, { steps: 3 });
    await panel.page.mouse.up();
    const panned = await place();
    assert.notEqual(panned, fitted);
    await panel.page.mouse.wheel(0, -600);
    await panel.page.locator('.minimap').waitFor({ state: 'visible' });
    await panel.page.getByRole('button', { name: 'Fit' }).click();
    assert.equal(await place(), fitted);
    assert.equal(await panel.page.locator('.minimap').isVisible(), false);
  });

  it('explains its keys, and moves nothing by itself for who asked for less motion', async () => {
    await node(answer().id).focus();
    await press('?');
    assert.equal(await panel.page.getByRole('dialog').isVisible(), true);
    await press('Escape');
    assert.equal(await panel.page.getByRole('dialog').isVisible(), false);
    await panel.page.emulateMedia({ reducedMotion: 'reduce' });
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
