import {
  type CircuitSettings,
  type ExportFormat,
  type FromCircuitPanel,
  type PanelChange,
  partNameOf,
  type ToCircuitPanel,
} from '../../core/circuitPanel';
import type { GraphView } from '../../core/graphDocument';
import { pathsThrough } from '../../core/picture/paths';
import { groupId, type PictureNode } from '../../core/picture/picture';
import { h, replaceKeeping } from '../dom';
import { card } from './card';
import { type EvidenceMessage, evidence } from './evidence';
import { contentOf } from './exports';
import { howToRead } from './how';
import { keys, neighbour } from './keys';
import { type ChangeOptions, changeOptions, firstOptions } from './options';
import { type Drawn, mostPainted, scene } from './scene';
import { grouped, membersOf, mostSteps, pinToggled, renamed, type Step, ungrouped } from './settings';
import { keyDialog, shareDialog } from './share';
import type { ShownCircuit } from './store';
import { howInWords, strip } from './strip';
import { type Column, firstSorting, type Sorting, table } from './table';
import { type Tracing, title } from './title';
import { countOf, toolbar } from './toolbar';

type Outcome = Extract<ToCircuitPanel, { readonly type: 'changed' }>['outcome'];
type Trial = Extract<ToCircuitPanel, { readonly type: 'tested' }>['trial'];

export interface GraphPanel {
  readonly element: HTMLElement;
  /** Shows a circuit, or what is there of one that is still traced. */
  show(shown: ShownCircuit, tracing: Tracing | null): void;
  mode(mode: 'plain' | 'expert'): void;
  evidence(message: EvidenceMessage): void;
  changed(outcome: Outcome): void;
  tested(trial: Trial): void;
  busy(doing: string | null, problem: string | null): void;
  go(id: string): void;
}

/** Milliseconds after which the index is asked about a chosen part: who walks along edges asks about none of them. */
const askAfter = 150;

/** The circuit panel. It is built once; what the user sets is told to `saved`. */
export function graphPanel(
  post: (message: FromCircuitPanel) => void,
  saved: (settings: CircuitSettings) => void,
): GraphPanel {
  let shown: ShownCircuit | null = null;
  let tracing: Tracing | null = null;
  let drawn: Drawn | null = null;
  let mode: 'plain' | 'expert' = 'plain';
  let hovered: string | null = null;
  let options: ChangeOptions = firstOptions;
  let sorting: Sorting = firstSorting;
  let outcome: Outcome | null = null;
  let trial: Trial | null = null;
  let busy: { readonly doing: string | null; readonly problem: string | null } = {
    doing: null,
    problem: null,
  };
  let steps: Step[] = [];
  const known = new Map<string, EvidenceMessage>();
  let unfolded = new Set<string>();
  let frame = 0;
  let asking: ReturnType<typeof setTimeout> | undefined;
  let counting: ReturnType<typeof setTimeout> | undefined;

  const stage = scene({
    focus: (id) => choose(id),
    hover: (id) => {
      hovered = id;
      light();
    },
    key: nodeKey,
    placed: (place) => settle({ place }, false),
    resized: () => redraw(),
    fold,
  });
  const titleBox = h('div.title-bar', {});
  const tableBox = h('div.table-box', {
    attributes: { hidden: true, tabindex: 0, role: 'region', 'aria-label': 'Table', 'data-scroll': 'table' },
  });
  const cardBox = h('aside.card', { attributes: { 'aria-label': 'Chosen part' } });
  const stripBox = h('div.strip-box', {});
  const totals = h('p.totals', { attributes: { role: 'status' } });
  const keyHelp = keyDialog(keys);
  const sharing = shareDialog((format, how) => void share(format, how));
  const bar = toolbar({
    keep: (percent) => settle({ keep: percent / 100 }, true),
    fit: () => stage.port.fit(),
    table: () => settle({ table: !shown?.settings.table }, true),
    test: () => {
      const nodes = shown && drawn ? drawn.picture.nodes.flatMap((node) => shown!.changeable(node)) : [];
      post({ type: 'test', nodes });
    },
    share: () => sharing.toggle(),
    keys: () => keyHelp.toggle(),
    search: (text) => {
      const found = shown && drawn ? shown.find(text, drawn, shown.view.clicked) : null;
      if (found) go(found);
      return found !== null;
    },
  });
  const element = h(
    'div.panel',
    { on: { keydown: panelKey } },
    titleBox,
    bar.element,
    stripBox,
    h('div.stage', {}, stage.element, tableBox, cardBox),
    totals,
    keyHelp.element,
    sharing.element,
  );

  /** Takes over what the user has set; draws anew at the next frame where that changes the picture. */
  function settle(part: Partial<CircuitSettings>, changesPicture: boolean): void {
    if (!shown) return;
    shown.settings = { ...shown.settings, ...part };
    if (changesPicture) redraw();
    if (!tracing) saved(shown.settings);
  }

  function look(view: GraphView, undoable = true): void {
    if (!shown || view === shown.view) return;
    if (undoable) remember({ view: shown.view });
    settle({ view }, true);
  }

  function remember(step: Step): void {
    steps = [...steps, step].slice(-mostSteps);
  }

  function redraw(): void {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!shown) return;
    const { settings, circuit } = shown;
    drawn = shown.drawn(stage.aspect());
    bar.update(shown.percent, settings.table, circuit.live && !tracing);
    tableBox.hidden = !settings.table;
    stage.element.hidden = settings.table;
    if (!settings.table) stage.update(drawn, settings.folded, settings.place);
    showCard();
    showStrip();
    count();
    light();
  }

  /** The scores are of the whole graph: they are computed when the slider rests for a moment. */
  function count(): void {
    if (!shown || !drawn) return;
    const { picture } = drawn;
    const edges = picture.edges.length > mostPainted ? `, the strongest ${mostPainted} of them painted` : '';
    const words = `${countOf(picture, shown.parts)}${edges}`;
    totals.textContent = words;
    clearTimeout(counting);
    counting = setTimeout(() => {
      if (!shown) return;
      const { replacement, completeness } = shown.extent.scores;
      totals.textContent = `${words} · replacement ${replacement.toFixed(2)} · completeness ${completeness.toFixed(2)}`;
      totals.title =
        'Replacement: of what enters the drawn circuit, the share that enters at tokens and not as something left out. Completeness: the share of all drawn inputs that is not left out. Both in [0, 1], by influence';
    }, 60);
  }

  function current(): PictureNode | undefined {
    return drawn?.picture.nodes.find(({ id }) => id === shown?.view.clicked);
  }

  function choose(id: string | null): void {
    if (!shown || shown.view.clicked === id) return;
    unfolded = new Set();
    settle({ view: { ...shown.view, clicked: id } }, false);
    showCard();
    light();
    ask();
  }

  function ask(): void {
    clearTimeout(asking);
    const node = current();
    const own =
      node?.members.length === 1 ? shown?.circuit.document.graph.nodes[node.members[0]!] : undefined;
    const part = own && shown?.circuit.live ? partNameOf(own) : null;
    if (part && !known.has(part)) asking = setTimeout(() => post({ type: 'ask', part }), askAfter);
  }

  function showCard(): void {
    if (!shown || !drawn) return;
    const node = current();
    const { circuit, view, inputs } = shown;
    const own = node?.members.length === 1 ? circuit.document.graph.nodes[node.members[0]!] : undefined;
    const part = own && circuit.live ? partNameOf(own) : null;
    const accept = (suggestion: GraphView['supernodes'][number]) =>
      look(grouped(view, suggestion.nodes, suggestion.label));
    const open = (list: string) => {
      if (list.startsWith('layer ')) fold(Number(list.slice('layer '.length)));
      else unfolded.add(list);
      showCard();
    };
    const offered = circuit.suggestions.filter(({ nodes }) => nodes.every((id) => shown?.drawnId(id) === id));
    const content = node
      ? card(
          {
            drawn,
            circuit,
            view,
            inputs,
            mode,
            unfolded,
            pinned: (id) => (id === node.id ? shown!.isPinned(node) : false),
            options: changeOptions(options, (next) => {
              options = next;
            }),
            evidence: part
              ? evidence(known.get(part), unfolded.has('contexts'), () => open('contexts'), post)
              : null,
          },
          node,
          {
            go,
            pin,
            group,
            rename: (id, label) => look(renamed(view, id, label)),
            accept,
            change,
            reveal: (position) => post({ type: 'reveal', position }),
            unfold: open,
          },
        )
      : howToRead(offered, accept);
    replaceKeeping(cardBox, ...content);
    if (shown.settings.table) {
      const actions = {
        sort: (by: Column) => {
          sorting = { by, down: sorting.by === by ? !sorting.down : by === 'influence' || by === 'value' };
          showCard();
        },
        go: (id: string) => choose(id),
      };
      replaceKeeping(tableBox, table(drawn, sorting, view.clicked, actions));
    }
    mark();
  }

  function mark(): void {
    if (!shown || !drawn) return;
    const byId = new Map(drawn.picture.nodes.map((node) => [node.id, node]));
    stage.mark({
      current: shown.view.clicked,
      pinned: (id) => shown!.isPinned(byId.get(id)!),
      changed: (id) => {
        const members = shown!.changeable(byId.get(id)!);
        const found = outcome?.changes.find(({ nodes }) => members.some((member) => nodes.includes(member)));
        return found ? (found.how.kind === 'scale' ? howInWords(found.how, mode) : '✂') : null;
      },
    });
  }

  function light(): void {
    if (!shown || !drawn) return;
    const { picture, ends } = drawn;
    const chosen = hovered ?? shown.view.clicked;
    const starts: number[] = [];
    picture.nodes.forEach((node, index) => {
      if (node.id === chosen || (hovered === null && shown!.isPinned(node))) starts.push(index);
    });
    stage.light(starts.length > 0 ? pathsThrough(picture, ends, starts) : null);
  }

  /** Chooses a node; one that is not drawn is pinned, and so drawn. */
  function go(id: string): void {
    if (!shown || !drawn) return;
    const target = shown.drawnId(id) ?? id;
    if (!drawn.picture.nodes.some((node) => node.id === target)) {
      if (shown.drawnId(id) === null) return;
      look({ ...shown.view, pinned: [...shown.view.pinned, id] });
      draw();
    }
    if (shown.settings.table || !stage.go(target)) choose(target);
  }

  function pin(id: string): void {
    const node = drawn?.picture.nodes.find((each) => each.id === id);
    if (!shown || !node || ['rest', 'logit', 'layer'].includes(node.kind)) return;
    look(pinToggled(shown.view, id));
  }

  /** Takes a group apart, or groups a node with all that is pinned. */
  function group(id: string): void {
    if (!shown || !drawn) return;
    const { view } = shown;
    if (view.supernodes.some(({ nodes }) => groupId(nodes) === id)) {
      look(ungrouped(view, id));
    } else {
      const { nodes } = shown.circuit.document.graph;
      const isPart = (each: string) =>
        nodes.some(
          (node) =>
            node.id === each && (node.kind === 'neuron' || node.kind === 'head' || node.kind === 'feature'),
        );
      const members = [...new Set([...view.pinned, ...membersOf(view, id)])].filter(isPart);
      if (members.length < 2) {
        report('Pin the other parts with Space first: G groups what is pinned with what is chosen.');
        return;
      }
      look(grouped(view, members, `group of ${members.length}`));
    }
    draw();
    if (shown.view.clicked) stage.go(shown.view.clicked);
  }

  function fold(layer: number): void {
    if (!shown) return;
    const { folded } = shown.settings;
    const isFolded = folded.includes(layer);
    settle({ folded: isFolded ? folded.filter((each) => each !== layer) : [...folded, layer] }, true);
  }

  /** Changes a part, or puts it back where that change is in force. */
  function change(id: string, how: PanelChange['how']): void {
    const node = drawn?.picture.nodes.find((each) => each.id === id);
    if (!shown?.circuit.live || tracing || !node) return;
    const nodes = shown.changeable(node);
    if (nodes.length === 0) return;
    const now = outcome?.changes ?? [];
    const full = how.kind === 'scale' ? how : { kind: options.cut };
    const same = (each: PanelChange) => each.nodes.join() === nodes.join();
    const again = now.some((each) => same(each) && JSON.stringify(each.how) === JSON.stringify(full));
    const others = now.filter((each) => !same(each));
    apply(again ? others : [...others, { nodes, how: full, everywhere: options.everywhere }]);
  }

  function apply(changes: readonly PanelChange[], undoable = true): void {
    if (undoable) remember({ changes: outcome?.changes ?? [] });
    post({ type: 'change', changes, freezeAttention: options.freezeAttention });
  }

  function undo(): void {
    const step = steps.at(-1);
    if (!step) return;
    steps = steps.slice(0, -1);
    if ('view' in step) look(step.view, false);
    else apply(step.changes, false);
  }

  function showStrip(): void {
    if (!shown) return;
    const { target } = shown.circuit.subject;
    const nameOf = (id: string) => shown?.nameOf(id) ?? id;
    replaceKeeping(
      stripBox,
      ...strip(
        { outcome, trial, ...busy, mode, target, nameOf },
        {
          undo: () => (steps.length > 0 ? undo() : apply([])),
          undoAll: () => apply([]),
          stop: () => post({ type: 'stop' }),
          dismiss: () => {
            busy = { ...busy, problem: null };
            trial = null;
            showStrip();
          },
        },
      ),
    );
  }

  function report(problem: string): void {
    busy = { ...busy, problem };
    showStrip();
  }

  async function share(format: ExportFormat, how: 'copy' | 'save' | 'open'): Promise<void> {
    if (!shown || !drawn) return;
    const { circuit, view, extent } = shown;
    try {
      const content = await contentOf(format, { circuit, view, drawn, extent });
      post({ type: 'export', format, how, name: circuit.document.slug, content });
    } catch {
      report('The picture is too large to be painted. Draw less with the slider, or save it as SVG.');
    }
  }

  function nodeKey(event: KeyboardEvent, id: string): void {
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    const action: Readonly<Record<string, () => void>> = {
      ' ': () => pin(id),
      x: () => change(id, { kind: 'zero' }),
      g: () => group(id),
      f: () => {
        const layer = drawn?.picture.nodes.find((node) => node.id === id)?.layer;
        if (typeof layer === 'number') fold(layer);
      },
    };
    const act = action[event.key.toLowerCase()];
    const next = event.key.startsWith('Arrow') ? neighbour(drawn, id, event.key) : null;
    if (!act && !event.key.startsWith('Arrow')) return;
    event.preventDefault();
    act?.();
    if (next) go(next);
  }

  function panelKey(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'range';
    if (typing && event.key !== 'Escape') return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') {
      event.preventDefault();
      undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      if (!keyHelp.close() && !sharing.close()) choose(null);
      return;
    }
    const action: Readonly<Record<string, () => void>> = {
      '/': () => bar.focusSearch(),
      t: () => settle({ table: !shown?.settings.table }, true),
      '?': () => keyHelp.toggle(),
      '0': () => stage.port.fit(),
      '+': () => stage.port.zoom(1.25),
      '-': () => stage.port.zoom(0.8),
    };
    const act = action[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return {
    element,
    show(next, progress) {
      const another = shown?.circuit.subject.id !== next.circuit.subject.id;
      if (another) {
        [outcome, trial, steps, hovered] = [null, null, [], null];
        known.clear();
      }
      busy = another ? { doing: null, problem: null } : busy;
      shown = next;
      tracing = progress;
      const actions = {
        stop: () => post({ type: 'stop' }),
        again: () => post({ type: 'trace', nodes: null }),
      };
      replaceKeeping(titleBox, ...title(next.circuit.subject, progress, next.circuit.notes, actions));
      draw();
      ask();
    },
    mode(next) {
      mode = next;
      showCard();
      showStrip();
    },
    evidence(message) {
      known.set(message.part, message);
      showCard();
    },
    changed(next) {
      outcome = next;
      busy = { doing: null, problem: null };
      showStrip();
      mark();
    },
    tested(next) {
      trial = next;
      busy = { doing: null, problem: null };
      showStrip();
    },
    busy(doing, problem) {
      busy = { doing, problem };
      showStrip();
    },
    go,
  };
}
