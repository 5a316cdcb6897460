import type { FromCircuitPanel, PanelCircuit, ToCircuitPanel } from '../../core/circuitPanel';
import { WhenceError } from '../../core/errors';
import { emptyView } from '../../core/graphDocument';
import { connect } from '../bridge';
import { h } from '../dom';
import { emptyPage } from '../pieces';
import { graphPanel } from './panel';
import { firstSettings, type Kept, recallKept, settingsFor } from './settings';
import { ShownCircuit } from './store';
import { failure } from './title';

const types: Readonly<Record<ToCircuitPanel['type'], true>> = {
  mode: true,
  empty: true,
  tracing: true,
  circuit: true,
  known: true,
  failed: true,
  evidence: true,
  forget: true,
  changed: true,
  tested: true,
  busy: true,
  go: true,
};
const bridge = connect<ToCircuitPanel, FromCircuitPanel, Kept>(types, recallKept);
let kept = bridge.recalled;
let shown: ShownCircuit | null = null;
/** Milliseconds after the last change until the host writes it down. */
const saveAfter = 200;
let saving: ReturnType<typeof setTimeout> | undefined;

const panel = graphPanel(bridge.post, (settings) => {
  kept = { id: shown?.circuit.subject.id ?? null, settings };
  // At once: the panel may be hidden in the next moment, and then nothing here runs any more.
  bridge.keep(kept);
  clearTimeout(saving);
  saving = setTimeout(() => {
    if (kept.id !== null) bridge.post({ type: 'save', id: kept.id, settings });
  }, saveAfter);
});

function receive(message: ToCircuitPanel): void {
  switch (message.type) {
    case 'mode':
      panel.mode(message.mode);
      break;
    case 'empty': {
      const page =
        message.command === 'completeHere'
          ? emptyPage(message.message, bridge.post)
          : h('main.empty', {}, h('p', {}, message.message));
      replacePage(page);
      break;
    }
    case 'failed':
      replacePage(
        h(
          'main.empty',
          {},
          failure(message.message, () => bridge.post({ type: 'trace', nodes: null })),
        ),
      );
      break;
    case 'tracing':
      showTracing(message);
      break;
    case 'circuit':
      show(() => new ShownCircuit(message.circuit, settingsFor(message.circuit, kept, message.saved)));
      break;
    case 'known': {
      if (shown?.circuit.subject.id !== message.id) break;
      const { names, suggestions, headScores } = message;
      shown.circuit = { ...shown.circuit, names, suggestions, headScores };
      panel.show(shown, null);
      break;
    }
    case 'evidence':
      panel.evidence(message);
      break;
    case 'forget':
      panel.forget();
      break;
    case 'changed':
      if (isShown(message.id)) panel.changed(message.outcome);
      break;
    case 'tested':
      if (isShown(message.id)) panel.tested(message.trial);
      break;
    case 'busy':
      panel.busy(message.doing, message.problem);
      break;
    case 'go':
      panel.go(message.node);
      break;
  }
}

function isShown(id: string): boolean {
  return shown?.circuit.subject.id === id;
}

/** What is known while tracing goes on, as a circuit that cannot be changed yet. */
function showTracing({ subject, nodes, wanted, doing, graph }: ToCircuitPanel & { type: 'tracing' }): void {
  const document = {
    slug: 'graph',
    model: subject.model,
    prompt: '',
    tokens: subject.tokens.map(({ text }) => text),
    neurons: 0,
    graph: graph ?? nothing,
    view: emptyView,
  };
  const circuit: PanelCircuit = {
    subject,
    document,
    names: {},
    suggestions: [],
    headScores: null,
    live: false,
    features: false,
    notes: [],
    version: '',
  };
  show(() => new ShownCircuit(circuit, firstSettings), { nodes, wanted, doing });
}

const nothing = {
  nodes: [],
  edges: { sources: new Int32Array(), targets: new Int32Array(), weights: new Float64Array() },
  scoreEdges: [],
};

function show(make: () => ShownCircuit, tracing: Parameters<typeof panel.show>[1] = null): void {
  try {
    shown = make();
  } catch (error) {
    if (!(error instanceof WhenceError)) throw error;
    replacePage(h('main.empty', {}, failure(error.message, null)));
    return;
  }
  if (!panel.element.isConnected) document.body.replaceChildren(panel.element);
  panel.show(shown, tracing);
}

function replacePage(page: ReturnType<typeof emptyPage>): void {
  shown = null;
  document.body.replaceChildren(...(page ? [page] : []));
}

bridge.listen(receive);
