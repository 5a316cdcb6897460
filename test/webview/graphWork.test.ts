import assert from 'node:assert/strict';
import type { ExportFormat } from '../../src/core/circuitPanel';
import type { GraphFile } from '../../src/core/interchange/format';
import { importGraph } from '../../src/core/interchange/import';
import { circuitMermaid } from '../../src/core/picture/mermaid';
import { circuitText } from '../../src/core/picture/text';
import { firstSettings } from '../../src/webview/graph/settings';
import { ShownCircuit } from '../../src/webview/graph/store';
import { circuitOf, shows } from './circuits';
import { GraphScene } from './graphScene';
import { states } from './world';

describe('circuit panel: what is done in it', () => {
  const s = new GraphScene();

  it('groups, renames, takes apart and undoes', async () => {
    const [a, b] = s.picture.nodes.filter(({ kind }) => kind === 'neuron').map(({ id }) => id);
    await s.node(a!).focus();
    await s.press(' ');
    await s.node(b!).focus();
    await s.press('g');
    const group = s.node(`group ${a}`);
    assert.equal(await group.count(), 1);
    assert.equal((await s.node(a!).count()) + (await s.node(b!).count()), 0);
    assert.equal(await s.focused(), `group ${a}`);
    await s.panel.page.getByRole('button', { name: 'Rename' }).click();
    await s.panel.page.getByRole('textbox', { name: 'Name' }).fill('two of a kind');
    await s.press('Enter');
    await s.frame();
    assert.equal(await group.locator('.label').innerText(), 'two of a kind');
    await s.panel.page.waitForFunction(() =>
      window.posted.some(
        (each) => each.type === 'save' && each.settings.view.supernodes[0]?.label === 'two of a kind',
      ),
    );
    const { view } = (await s.last('save'))!.settings;
    assert.deepEqual(view.supernodes, [{ label: 'two of a kind', nodes: [a, b] }]);
    await s.press('Control+z', 'Control+z');
    await s.frame();
    assert.equal((await s.node(a!).count()) + (await s.node(b!).count()), 2);
    assert.equal(await group.count(), 0);
  });

  it('offers groups that the rule found', async () => {
    const nodes = s.picture.nodes
      .filter(({ kind }) => kind === 'neuron')
      .slice(0, 3)
      .map(({ id }) => id);
    const { names, headScores } = s.circuit;
    const suggestions = [{ label: 'promote items', nodes }];
    await s.panel.send({ type: 'known', id: s.circuit.subject.id, names, headScores, suggestions });
    await s.panel.page.getByRole('button', { name: 'Group promote items' }).click();
    await s.frame();
    assert.equal(await s.node(`group ${nodes[0]}`).locator('.label').innerText(), 'promote items');
  });

  it('shows the name of a node, not of its part elsewhere', async () => {
    const neuron = s.picture.nodes.find(({ kind }) => kind === 'neuron')!;
    const { headScores, suggestions } = s.circuit;
    const names = { [neuron.id]: 'after `return`', [neuron.label]: 'after `import`' };
    await s.panel.send({ type: 'known', id: s.circuit.subject.id, names, headScores, suggestions });
    await s.node(neuron.id).click();
    assert.equal(await s.panel.page.innerText('.card .rule'), 'after `return`');
  });

  it('asks for a cut by X, shows before and after, and undoes it', async () => {
    const head = s.heads[0]!;
    await s.node(head.id).focus();
    await s.press('x');
    const asked = (await s.last('change'))!;
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
    await s.panel.send({
      type: 'changed',
      id: s.circuit.subject.id,
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
    const outcome = await s.panel.page.innerText('.outcome');
    assert.match(outcome, /0\.64 → 0\.12/);
    assert.match(outcome, /predicted −2\.10, measured −1\.80/);
    assert.match(outcome, /r = 0\.93/);
    assert.match(outcome, head.layer === 3 ? /Of the last layer/ : /Below the last layer it is often wrong/);
    assert.deepEqual(await s.panel.page.locator('.continuation mark').allInnerTexts(), ['item', 'price']);
    assert.equal(await s.node(head.id).locator('.badge').innerText(), '✂');
    await s.panel.page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual((await s.last('change'))!.changes, []);
  });

  it('cuts as it is told to: everywhere, by the mean, attention held; halves and doubles', async () => {
    const head = s.heads[0]!;
    await s.node(head.id).click();
    await s.panel.page.locator('.options summary').click();
    await s.panel.page.getByLabel('at every token of the text').check();
    await s.panel.page.getByLabel('attention looks where it looked').check();
    await s.panel.page.locator('.options select').selectOption('mean');
    await s.panel.page.locator('[data-key="cut"]').click();
    assert.deepEqual(await s.last('change'), {
      type: 'change',
      changes: [{ nodes: [head.id], how: { kind: 'mean' }, everywhere: true }],
      freezeAttention: true,
    });
    await s.panel.page.locator('[data-key="halve"]').click();
    assert.deepEqual((await s.last('change'))!.changes[0]!.how, { kind: 'scale', factor: 0.5 });
  });

  it('tests the circuit that is drawn', async () => {
    await s.panel.page.getByRole('button', { name: 'Test This Circuit' }).click();
    const { nodes } = (await s.last('test'))!;
    const parts = s.picture.nodes.filter(({ kind }) => kind === 'head' || kind === 'neuron');
    assert.deepEqual([...nodes].sort(), parts.map(({ id }) => id).sort());
    await s.panel.send({ type: 'busy', what: 'test', doing: 'Running only these parts', problem: null });
    assert.match(await s.panel.page.innerText('.doing'), /Running only these parts/);
    const share = { faithfulness: 0.8, completeness: 0.9, probability: 0.5 };
    const random = { ...share, faithfulness: 0.02, completeness: 0.03 };
    await s.panel.send({
      type: 'tested',
      id: s.circuit.subject.id,
      trial: { parts: nodes.length, all: 2064, circuit: share, random },
    });
    const trial = await s.panel.page.innerText('.trial');
    assert.match(trial, /only these give\s+80%\s+2%/);
    assert.match(trial, /gone without these\s+90%\s+3%/);
    assert.equal(await s.panel.page.locator('.doing').count(), 0);
  });

  it('asks the index about the chosen part once, and shows its evidence', async () => {
    const neuron = s.picture.nodes.find(({ kind }) => kind === 'neuron')!;
    await s.node(neuron.id).click();
    await s.panel.page.waitForFunction(() => window.posted.some(({ type }) => type === 'ask'));
    const { part, sign } = (await s.last('ask'))!;
    assert.equal(part, neuron.label);
    assert.equal(sign, Math.sign(neuron.activation!));
    await s.panel.send({
      type: 'evidence',
      part,
      sign,
      evidence: {
        own: true,
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
    const text = await s.panel.page.innerText('.evidence');
    assert.match(text, /after `return` \(17 of its 20 strongest contexts\)/);
    assert.match(text, /3% of the tokens of 64 files of Python/);
    assert.equal(await s.panel.page.innerText('.contexts .target'), '.');
    const asked = (await s.panel.posted()).filter(({ type }) => type === 'ask').length;
    await s.panel.send({ type: 'forget' });
    assert.match(await s.panel.page.innerText('.evidence'), /…/);
    await s.panel.page.waitForFunction(
      (before) => window.posted.filter(({ type }) => type === 'ask').length > before,
      asked,
    );
    await s.panel.send({
      type: 'evidence',
      part,
      sign,
      evidence: null,
      problem: 'There is no index of this model yet.',
      offer: { label: 'Build the Index', what: 'buildIndex' },
    });
    await s.panel.page.getByRole('button', { name: 'Build the Index' }).click();
    assert.deepEqual((await s.panel.posted()).at(-1), { type: 'buildIndex' });
  });

  it('copies words, Mermaid and JSON that reads back with pins and groups', async () => {
    const [a, b] = s.heads.map(({ id }) => id);
    await s.node(a!).focus();
    await s.press(' ');
    await s.node(b!).focus();
    await s.press('g');
    const content = async (key: string) => {
      await s.panel.page.getByRole('button', { name: 'Copy or Save…' }).click();
      await s.panel.page.locator(`[data-key="${key}"]`).click();
      return s.exported(key.split('-')[1] as ExportFormat);
    };
    const settings = {
      ...firstSettings,
      view: { ...firstSettings.view, supernodes: [{ label: 'group of 2', nodes: [a!, b!] }] },
    };
    const own = new ShownCircuit(s.circuit, settings);
    const { picture: drawn, context } = own.drawn({ width: 720, height: 560 });
    const words = await content('copy-words');
    assert.deepEqual([words.format, words.how], ['words', 'copy']);
    assert.equal(words.content, circuitText(drawn, context, own.extent));
    assert.equal((await content('copy-mermaid')).content, circuitMermaid(drawn, context));
    const json = JSON.parse((await content('save-json')).content!) as GraphFile;
    const { document } = importGraph(JSON.stringify(json));
    assert.deepEqual(document.view.supernodes, [{ label: 'group of 2', nodes: [a, b] }]);
    assert.equal(document.graph.nodes.length, s.circuit.document.graph.nodes.length);
  });

  it('saves a picture as SVG and as PNG', async () => {
    const save = async (format: ExportFormat) => {
      await s.panel.page.getByRole('button', { name: 'Copy or Save…' }).click();
      await s.panel.page.locator(`[data-key="save-${format}"]`).click();
      return (await s.exported(format)).content!;
    };
    const svg = await save('svg');
    const parsed = await s.panel.page.evaluate((text) => {
      const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
      return { name: root.nodeName, rects: root.querySelectorAll('rect').length };
    }, svg);
    assert.equal(parsed.name, 'svg');
    assert.ok(parsed.rects > s.picture.nodes.length, 'a box for every node');
    const png = Buffer.from(await save('png'), 'base64');
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.ok(
      png.readUInt32BE(16) > 400 && png.length > 5000,
      `${png.readUInt32BE(16)} wide, ${png.length} bytes`,
    );
  });

  it('shows a token in the editor, and goes where the editor points', async () => {
    const token = s.picture.nodes.find(({ kind }) => kind === 'token')!;
    await s.node(token.id).click();
    await s.panel.page.getByRole('button', { name: 'Show in Editor' }).click();
    assert.deepEqual((await s.panel.posted()).at(-1), { type: 'reveal', position: token.position });
    const last = s.circuit.subject.tokens.length - 1;
    const predicting = s.picture.nodes.find(({ kind, position }) => kind === 'head' && position === last)!;
    await s.node(predicting.id).click();
    await s.panel.page.getByRole('button', { name: 'Why There?' }).click();
    const asked = (await s.panel.posted()).at(-1);
    const { layer, index } = s.circuit.document.graph.nodes[predicting.members[0]!]!;
    assert.deepEqual(asked, { type: 'look', layer, head: index });
    await s.panel.send({ type: 'go', node: s.heads[1]!.id });
    await s.frame();
    assert.equal(await s.focused(), s.heads[1]!.id);
  });

  it('grows while it is traced, counts, and can be stopped', async () => {
    await s.panel.send({
      type: 'tracing',
      subject: { ...s.circuit.subject, id: 'another' },
      nodes: 0,
      wanted: 500,
      doing: 'Running the model',
      graph: null,
    });
    assert.match(await s.panel.page.innerText('.progress'), /Running the model…/);
    const few = await circuitOf(states().first, 20);
    await s.panel.send({
      type: 'tracing',
      subject: { ...s.circuit.subject, id: 'another' },
      nodes: 20,
      wanted: 500,
      doing: null,
      graph: few.document.graph,
    });
    await s.frame();
    assert.match(await s.panel.page.innerText('.progress'), /20 of 500 parts/);
    assert.ok((await s.panel.page.locator('.node').count()) > 5);
    await s.panel.page.getByRole('button', { name: 'Stop' }).click();
    assert.deepEqual((await s.panel.posted()).at(-1), { type: 'stop' });
    await s.panel.send({
      type: 'circuit',
      circuit: { ...few, subject: { ...few.subject, id: 'another' } },
      saved: null,
    });
    assert.equal(await s.panel.page.locator('.progress').count(), 0);
  });

  it('says what to do when there is nothing, and why there is nothing', async () => {
    await s.panel.send({ type: 'empty', message: 'Nothing is explained yet.', command: 'completeHere' });
    await s.panel.page.getByRole('button', { name: 'Complete Here' }).click();
    assert.deepEqual((await s.panel.posted()).at(-1), { type: 'command', command: 'completeHere' });
    await s.panel.send({ type: 'failed', subject: null, message: 'The text is too long to be traced.' });
    assert.match(await s.panel.page.innerText('[role="alert"]'), /too long/);
    await s.panel.send(shows(s.circuit));
    assert.ok((await s.panel.page.locator('.node').count()) > 5);
  });

  it('offers no cut where the model cannot be run', async () => {
    await s.panel.send(
      shows({ ...s.circuit, subject: { ...s.circuit.subject, id: 'foreign' }, live: false }),
    );
    await s.node(s.heads[0]!.id).click();
    assert.equal(await s.panel.page.locator('[data-key="cut"]').count(), 0);
    assert.equal(await s.panel.page.getByRole('button', { name: 'Test This Circuit' }).isVisible(), false);
    await s.press('x');
    assert.equal(await s.last('change'), undefined);
  });

  it('says ablate to experts, cut to all others', async () => {
    await s.node(s.heads[0]!.id).click();
    assert.equal(await s.panel.page.innerText('[data-key="cut"]'), 'Cut');
    await s.panel.send({ type: 'mode', mode: 'expert' });
    assert.equal(await s.panel.page.innerText('[data-key="cut"]'), 'Ablate');
  });

  it('is as it was after a reload, and as the host kept it elsewhere', async () => {
    const head = s.heads[0]!;
    await s.slide(40);
    await s.node(head.id).focus();
    await s.press(' ');
    await s.panel.page.waitForFunction(
      (id) => window.posted.some((each) => each.type === 'save' && each.settings.view.pinned.includes(id)),
      head.id,
    );
    const { settings } = (await s.last('save'))!;
    await s.panel.page.reload();
    await s.panel.send(shows(s.circuit));
    await s.frame();
    assert.equal(await s.panel.page.locator('#keep').inputValue(), '40');
    assert.equal(await s.node(head.id).getAttribute('aria-pressed'), 'true');
    assert.match(await s.panel.page.innerText('.card h2'), new RegExp(`^${head.label}`));
    const other = { ...s.circuit, subject: { ...s.circuit.subject, id: 'other' } };
    await s.panel.send({ type: 'circuit', circuit: other, saved: settings });
    await s.frame();
    assert.equal(await s.panel.page.locator('#keep').inputValue(), '40');
    await s.panel.send({
      type: 'circuit',
      circuit: { ...other, subject: { ...other.subject, id: 'third' } },
      saved: null,
    });
    await s.frame();
    assert.equal(await s.panel.page.locator('#keep').inputValue(), String(s.shown.readable));
    assert.equal(await s.panel.page.locator('.node.pinned').count(), 0);
  });
});
