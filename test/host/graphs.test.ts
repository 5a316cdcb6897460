import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CircuitSettings,
  type FromCircuitPanel,
  signOfNode,
  type ToCircuitPanel,
} from '../../src/core/circuitPanel';
import { emptyView } from '../../src/core/graphDocument';
import { importGraph } from '../../src/core/interchange/import';
import { circuitTracerFile, featureFile } from '../unit/support/graphFiles';
import type { TextEditor } from './fake/editor';
import { FakePanel } from './fake/panel';
import { TextEditorSelectionChangeKind, Uri } from './fake/types';
import { cart, eventually, placeCursor, Session } from './session';

type Message<T extends ToCircuitPanel['type']> = Extract<ToCircuitPanel, { readonly type: T }>;

describe('the circuit panel', function () {
  this.timeout(60_000);
  const session = new Session();
  let editor: TextEditor;
  let panel: FakePanel;

  before(async () => {
    session.start();
    editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    placeCursor(editor, editor.document.positionAt(cart.length));
    const shown = session.world.run('whence.showCircuit');
    panel = await eventually(() => (session.world.panels.at(-1) as FakePanel | undefined) ?? null);
    says({ type: 'ready' });
    await shown;
  });
  after(() => session.end());

  const says = (message: FromCircuitPanel) => panel.webview.says(message);
  const sent = <T extends ToCircuitPanel['type']>(type: T, where = panel) =>
    (where.webview.sent as ToCircuitPanel[]).filter((each): each is Message<T> => each.type === type);
  const last = <T extends ToCircuitPanel['type']>(type: T, where = panel) =>
    eventually(() => sent(type, where).at(-1) ?? null);
  /** The next message of a type after `message` was sent. */
  const answer = async <T extends ToCircuitPanel['type']>(message: FromCircuitPanel, type: T) => {
    const before = sent(type).length;
    says(message);
    return eventually(() => sent(type)[before] ?? null);
  };

  it('is filled while the circuit is traced, and then has it whole, with names and roles', async () => {
    const { circuit, saved } = await last('circuit');
    equal(saved, null);
    const [early] = sent('tracing');
    equal(early!.subject.id, circuit.subject.id);
    const { nodes } = circuit.document.graph;
    equal(nodes.filter(({ kind }) => kind === 'neuron' || kind === 'head').length, 500);
    equal(circuit.subject.target, editor.document.getText().slice(cart.length).match(/^\w+/)![0]);
    equal(circuit.subject.tokens.length, circuit.document.tokens.length);
    equal(circuit.version, '1.2.3');
    ok(circuit.live && circuit.notes.length === 0);
    await eventually(() => {
      const known = sent('known').at(-1);
      return known?.headScores && Object.keys(known.names).length > 20 ? true : null;
    });
    equal((await last('mode')).mode, 'plain');
  });

  it('has parts cut: predicted beside measured, and how well they agree', async () => {
    const { circuit } = await last('circuit');
    const heads = circuit.document.graph.nodes
      .filter(({ kind, value }) => kind === 'head' && value !== null)
      .toSorted((a, b) => Math.abs(b.value!) - Math.abs(a.value!));
    for (const [at, { id, value }] of heads.slice(0, 3).entries()) {
      const changes = [{ nodes: [id], how: { kind: 'zero' }, everywhere: false }] as const;
      const { outcome } = await answer({ type: 'change', changes, freezeAttention: true }, 'changed');
      deepEqual(outcome.changes, changes);
      ok(Math.abs(outcome.predicted! + value!) < 1e-3, 'a head is predicted to take away its value');
      ok(Math.abs(outcome.measured - (outcome.after.metric - outcome.before.metric)) < 1e-9);
      ok(outcome.after.probability !== outcome.before.probability && outcome.after.continuation);
      equal(outcome.agreement?.count ?? 0, at === 2 ? 3 : 0);
    }
    const free = [{ nodes: [heads[0]!.id], how: { kind: 'zero' }, everywhere: false }] as const;
    const other = await answer({ type: 'change', changes: free, freezeAttention: false }, 'changed');
    equal(other.outcome.agreement, null, 'cuts with attention held are another experiment');
    const mean = [{ nodes: [heads[0]!.id], how: { kind: 'mean' }, everywhere: true }] as const;
    const { outcome } = await answer({ type: 'change', changes: mean, freezeAttention: false }, 'changed');
    equal(outcome.predicted, null, 'the graph does not know how large a mean is');
    const none = await answer({ type: 'change', changes: [], freezeAttention: false }, 'changed');
    equal(none.outcome.measured, 0);
  });

  it('is tested: these parts alone, and random ones', async () => {
    const { circuit } = await last('circuit');
    const nodes = circuit.document.graph.nodes.map(({ id }) => id);
    const { trial } = await answer({ type: 'test', nodes }, 'tested');
    ok(trial.circuit.faithfulness > trial.random.faithfulness);
    ok(trial.circuit.completeness > 0.5, 'most of the answer is gone without these');
    ok(trial.circuit.completeness > trial.random.completeness);
    const { problem } = await answer({ type: 'test', nodes: ['t0'] }, 'busy').then(() =>
      eventually(() => sent('busy').find((busy) => busy.problem !== null) ?? null),
    );
    match(problem!, /no neuron and no head/);
  });

  it('tells what a part does elsewhere, or why that is not known', async () => {
    const found = await answer({ type: 'ask', part: 'L2H1', sign: null }, 'evidence');
    ok(found.evidence!.contexts.length > 0 && found.problem === null);
    const missing = await answer({ type: 'ask', part: 'L9H9', sign: null }, 'evidence');
    match(missing.problem!, /L9H9/);
  });

  it('names a neuron for the sign that its activation has here', async () => {
    const { circuit } = await last('circuit');
    const { names } = (await last('known'))!;
    for (const sign of [1, -1] as const) {
      const active = circuit.document.graph.nodes.filter((node) => signOfNode(node) === sign).slice(0, 40);
      const otherwise = [];
      for (const { id, label: part } of active) {
        const { evidence } = await answer({ type: 'ask', part, sign }, 'evidence');
        equal(names[id] ?? null, evidence!.label, id);
        ok(evidence!.promoted.every(({ score }) => score! >= 0) && evidence!.promoted.length > 0, id);
        const other = await answer({ type: 'ask', part, sign: sign > 0 ? -1 : 1 }, 'evidence');
        if (other.evidence!.label !== evidence!.label) otherwise.push(part);
      }
      ok(otherwise.length > 2, `${otherwise.length} of ${active.length} have another name on the other side`);
    }
  });

  it('forgets what it knew of parts when another index was made, and learns anew', async () => {
    const folder = join(session.storage, 'shop');
    mkdirSync(folder);
    const code = Array.from({ length: 20 }, (_, at) => `def f${at}(self, x):\n    return self.a${at}[x]\n\n`);
    writeFileSync(join(folder, 'shop.py'), code.join(''));
    session.world.folders = [{ name: 'shop', uri: Uri.file(folder) }];
    session.world.pick = (items) => items.find(({ label }) => /this workspace/.test(label));
    equal(sent('forget').length, 0);
    await session.world.run('whence.indexModel');
    await last('forget');
    const after = panel.webview.sent.findIndex((each) => (each as ToCircuitPanel).type === 'forget');
    await eventually(() => {
      const known = (panel.webview.sent as ToCircuitPanel[])
        .slice(after)
        .filter(({ type }) => type === 'known');
      return known.some((each) => each.type === 'known' && Object.keys(each.names).length > 5) || null;
    });
    const { evidence } = await answer({ type: 'ask', part: 'L2H1', sign: null }, 'evidence');
    match(evidence!.corpus, /shop/);
  });

  it('points into the text, and follows the cursor there', async () => {
    says({ type: 'reveal', position: 2 });
    const { circuit } = await last('circuit');
    await eventually(() => (editor.selection.active.line === circuit.subject.tokens[2]!.line ? true : null));
    const place = editor.document.positionAt(cart.indexOf('total'));
    const selections = [{ active: place }];
    const event = { textEditor: editor, selections, kind: TextEditorSelectionChangeKind.Mouse };
    session.world.selected.fire({ ...event, kind: undefined });
    equal(sent('go').length, 0, 'a program moved the cursor');
    session.world.selected.fire(event);
    const { node } = await last('go');
    equal(circuit.subject.tokens[Number(node.slice(1))]!.text, 'total');
  });

  it('is stopped with what is there', async () => {
    const count = sent('tracing').length;
    says({ type: 'trace', nodes: 3000 });
    await eventually(() => (sent('tracing').length > count && sent('tracing').at(-1)!.graph ? true : null));
    const { circuit } = await answer({ type: 'stop' }, 'circuit');
    match(circuit.notes[0]!, /Stopped at \d+ of 3000 parts/);
    ok(circuit.document.graph.nodes.length > 20);
  });

  it('exports and opens graphs, keeps what was made of them, and says no to what is none', async () => {
    const { circuit } = await last('circuit');
    const [first, second] = circuit.document.graph.nodes.filter(({ kind }) => kind === 'neuron');
    const view = { ...emptyView, supernodes: [{ label: 'two', nodes: [first!.id, second!.id] }] };
    const settings: CircuitSettings = { view, keep: 0.5, folded: [1], table: false, place: null };
    says({ type: 'save', id: circuit.subject.id, settings });
    session.world.place = Uri.file('/workspace/graph.json');
    await session.world.run('whence.exportGraph');
    const text = session.world.files.get('file:///workspace/graph.json')!;
    deepEqual(importGraph(text).document.view.supernodes, view.supernodes);
    session.world.place = Uri.file('/workspace/graph.html');
    await session.world.run('whence.exportGraph');
    const page = session.world.files.get('file:///workspace/graph.html')!;
    match(page, /^<!DOCTYPE html>/);
    ok(
      page.includes(`default-src 'none'`) &&
        !/(src|href)=/.test(page.replace(/<script[\s\S]*?<\/script>/g, '')),
    );

    session.world.files.set('file:///workspace/foreign.json', JSON.stringify(circuitTracerFile));
    await session.world.run('whence.openGraph', 'file:///workspace/foreign.json');
    const opened = await eventually(() => {
      const shown = sent('circuit').at(-1);
      return shown && !shown.circuit.live ? shown : null;
    });
    match(opened.circuit.notes[0]!, /From foreign\.json/);
    deepEqual(opened.circuit.document.view.supernodes[0], { label: 'places', nodes: ['0_0_2', '1_25_2'] });
    const without = await answer({ type: 'ask', part: '1_25_2', sign: null }, 'evidence');
    match(without.problem!, /they would be in features\/376\.json/);
    const place = 'file:///workspace/features/gemma-2-2b/376.json';
    session.world.files.set(place, JSON.stringify(featureFile));
    const { evidence } = await answer({ type: 'ask', part: '1_25_2', sign: null }, 'evidence');
    equal(evidence!.contexts[0]!.tokens[evidence!.contexts[0]!.peak], ' Paris');
    session.world.files.set(place, 'x');
    match(
      (await answer({ type: 'ask', part: '1_25_2', sign: null }, 'evidence')).problem!,
      /376\.json cannot be shown/,
    );
    for (const [name, content, sentence] of [
      ['broken.json', '{', /no JSON/],
      ['large.json', ' '.repeat(100e6 + 1), /101 MB where 100 MB is the most/],
      ['nothing.json', '[]', /no attribution graph/],
    ] as const) {
      session.world.files.set(`file:///workspace/${name}`, content);
      const said = session.world.messages.length;
      await session.world.run('whence.openGraph', `file:///workspace/${name}`);
      match(session.world.messages.slice(said).join(), sentence);
    }
    await session.world.run('whence.openGraph', 'file:///workspace/missing.json');
    match(session.world.messages.at(-1)!, /missing\.json cannot be read/);
  });

  it('keeps settings of opened graphs by place and content, not by name', async () => {
    const idOf = async (path: string, content: object) => {
      const count = sent('circuit').length;
      session.world.files.set(`file:///workspace/${path}`, JSON.stringify(content));
      await session.world.run('whence.openGraph', `file:///workspace/${path}`);
      const { circuit } = await eventually(() => sent('circuit')[count] ?? null);
      return circuit.subject.id;
    };
    const [first, ...others] = circuitTracerFile.nodes;
    const changed = { ...circuitTracerFile, nodes: [{ ...first, clerp: 'another' }, ...others] };
    const id = await idOf('a/graph.json', circuitTracerFile);
    equal(await idOf('a/graph.json', circuitTracerFile), id);
    const different = [
      id,
      await idOf('b/graph.json', circuitTracerFile),
      await idOf('a/graph.json', changed),
    ];
    equal(new Set(different).size, 3);
  });

  it('comes back after a reload as it was, without a question to the engine', async () => {
    placeCursor(editor, editor.document.positionAt(cart.length));
    await session.world.run('whence.showCircuit');
    const { circuit } = await eventually(() => {
      const shown = sent('circuit').at(-1);
      return shown?.circuit.live ? shown : null;
    });
    // The last one that was shown, not the last that was traced.
    for (const [place, same] of [
      [cart.length + circuit.subject.target!.length + 1, false],
      [cart.length, true],
    ] as const) {
      placeCursor(editor, editor.document.positionAt(place));
      await session.world.run('whence.explainToken');
      await session.world.run('whence.showCircuit');
      await eventually(
        () => (sent('circuit').at(-1)!.circuit.subject.id === circuit.subject.id) === same || null,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    await session.reload();
    const again = new FakePanel('Circuit');
    await session.world.serializer!.deserializeWebviewPanel(again, undefined);
    again.webview.says({ type: 'ready' });
    const back = await last('circuit', again);
    equal(back.circuit.subject.id, circuit.subject.id);
    deepEqual(
      back.circuit.document.graph.nodes.map(({ id }) => id),
      circuit.document.graph.nodes.map(({ id }) => id),
    );
    deepEqual(back.saved?.folded, [1]);
    ok(back.circuit.live);
    await new Promise((resolve) => setTimeout(resolve, 300));
    ok(!session.world.log.some((line) => line.includes('as process')), 'no engine was started');
    equal(session.world.status?.text, '◎ Whence');
    equal(sent('known', again).length, 0);
    again.webview.says({ type: 'ask', part: 'L2H1', sign: null });
    await last('evidence', again);
    await eventually(() => sent('known', again).some(({ names }) => Object.keys(names).length > 5) || null);
  });
});
