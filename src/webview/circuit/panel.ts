import { type Circuit, circuitOf } from '../../core/circuit';
import { pathsThrough } from '../../core/circuitPaths';
import {
  type CircuitContext,
  circuitText,
  circuitTotals,
  contextOf,
  nodeName,
} from '../../core/circuitWords';
import type { PanelState } from '../../core/panel';
import { h, replaceKeeping } from '../dom';
import type { Post } from '../pieces';
import { card } from './card';
import { drawing } from './drawing';
import { help, titleBar, toolbar } from './frame';
import { neighbour } from './keys';
import { type Layout, layoutOf } from './layout';
import { table } from './table';
import { type View, viewport } from './viewport';

/** How the user has set the panel; kept while it is hidden. */
export interface CircuitUi {
  /** Share of the effect that is drawn part by part, in [0, 1]. */
  readonly keep: number;
  readonly pinned: readonly string[];
  readonly focus: string | null;
  readonly table: boolean;
  /** Null while the drawing is fitted to its box. */
  readonly view: View | null;
}

export const firstUi: CircuitUi = { keep: 0.8, pinned: [], focus: null, table: false, view: null };

export interface CircuitPanel {
  readonly element: HTMLElement;
  show(state: PanelState, ui: CircuitUi): void;
}

interface Shown {
  readonly state: PanelState;
  readonly circuit: Circuit;
  readonly context: CircuitContext;
  readonly layout: Layout;
}

/** The circuit panel. It is built once; `show` changes what it draws, `changed` is told what the user has set. */
export function circuitPanel(post: Post, changed: (ui: CircuitUi) => void): CircuitPanel {
  let ui = firstUi;
  let shown: Shown | null = null;
  let hovered: string | null = null;

  const canvas = drawing({
    focus: (id) => set({ focus: id }),
    hover: (id) => {
      hovered = id;
      light();
    },
    key: nodeKey,
  });
  const box = h('div.canvas', {}, canvas.element);
  const tableBox = h('div.table-box', {
    attributes: { hidden: true, tabindex: 0, role: 'region', 'aria-label': 'Table' },
  });
  const cardBox = h('aside.card', { attributes: { 'aria-label': 'Chosen part', 'aria-live': 'polite' } });
  const title = h('div.title-bar', {});
  const totals = h('p.totals', { attributes: { role: 'status' } });
  const keyHelp = help();
  const bar = toolbar({
    keep: (keep) => set({ keep }),
    fit: () => port.fit(),
    table: () => set({ table: !ui.table }),
    copy: () =>
      shown &&
      post({ type: 'copy', text: circuitText(shown.circuit, shown.context, shown.state.record.model) }),
    keys: () => keyHelp.toggle(),
    search: find,
  });
  const element = h(
    'div.panel',
    { on: { keydown: panelKey } },
    title,
    bar.element,
    h('div.stage', {}, box, tableBox, cardBox),
    totals,
    keyHelp.element,
  );
  const port = viewport(
    canvas.element,
    canvas.scene,
    () => shown?.layout ?? { width: 0, height: 0 },
    (view) => {
      ui = { ...ui, view };
      changed(ui);
    },
  );
  new ResizeObserver(() => {
    if (!shown || ui.table) return;
    compute(shown.state);
    draw(true);
  }).observe(box);

  function set(part: Partial<CircuitUi>): void {
    const redraw = part.keep !== undefined || part.pinned !== undefined;
    ui = { ...ui, ...part };
    if (shown && redraw) compute(shown.state);
    draw(redraw);
    changed(ui);
  }

  function compute(state: PanelState): void {
    if (!state.explanation) {
      shown = null;
      return;
    }
    const context = contextOf(state);
    const circuit = circuitOf(state.explanation, ui.keep, new Set(ui.pinned));
    shown = { state, circuit, context, layout: layoutOf(circuit, context, aspect()) };
  }

  /** Of the box that the drawing fills; before it is laid out, of a common one. */
  function aspect(): number {
    return box.clientHeight > 0 ? box.clientWidth / box.clientHeight : 1.5;
  }

  function draw(redraw: boolean): void {
    bar.update(ui.keep, ui.table);
    box.hidden = ui.table;
    tableBox.hidden = !ui.table;
    if (!shown) return;
    const { circuit, context, layout } = shown;
    if (redraw) {
      canvas.update(layout, circuit, context);
      if (ui.view === null) port.fit();
      else port.set(ui.view);
    }
    canvas.mark(new Set(ui.pinned), ui.focus);
    if (ui.table) replaceKeeping(tableBox, table(circuit, context, show));
    const node = circuit.nodes.find(({ id }) => id === ui.focus);
    replaceKeeping(
      cardBox,
      ...card(circuit, node, context, node !== undefined && ui.pinned.includes(node.id), {
        go,
        pin,
        reveal: (index) => post({ type: 'reveal', index }),
      }),
    );
    totals.textContent = circuitTotals(circuit);
    light();
  }

  function light(): void {
    if (!shown) return;
    const ids = new Set([...ui.pinned, hovered ?? ui.focus].filter((id) => id !== null));
    canvas.light(ids.size > 0 ? pathsThrough(shown.circuit, ids) : null);
  }

  function go(id: string): void {
    const placed = shown?.layout.nodes.find(({ node }) => node.id === id);
    if (!placed) return;
    port.reveal(placed.x, placed.y);
    if (ui.table) set({ focus: id });
    else canvas.focus(id);
  }

  function show(id: string): void {
    set({ table: false });
    go(id);
  }

  function pin(id: string): void {
    if (id === 'output') return;
    const pinned = ui.pinned.includes(id) ? ui.pinned.filter((each) => each !== id) : [...ui.pinned, id];
    set({ pinned });
  }

  /** Goes to the first node after the current one whose name holds the text. */
  function find(text: string): boolean {
    if (!shown || text.trim() === '') return false;
    const { circuit, context } = shown;
    const { nodes } = circuit;
    const start = nodes.findIndex(({ id }) => id === ui.focus) + 1;
    const found = [...nodes.slice(start), ...nodes.slice(0, start)].find((node) =>
      nodeName(node, context).toLowerCase().includes(text.trim().toLowerCase()),
    );
    if (!found) return false;
    port.reveal(...placeOf(found.id));
    set({ focus: found.id });
    return true;
  }

  function placeOf(id: string): [number, number] {
    const placed = shown?.layout.nodes.find(({ node }) => node.id === id);
    return [placed?.x ?? 0, placed?.y ?? 0];
  }

  function nodeKey(event: KeyboardEvent, id: string): void {
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ') {
      event.preventDefault();
      pin(id);
      return;
    }
    if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    const next = neighbour(shown.circuit, shown.layout, id, event.key);
    if (next) go(next);
  }

  function panelKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
    if (event.key === 'Escape') {
      if (!keyHelp.close()) set({ focus: null });
      return;
    }
    if (typing) return;
    const action: Readonly<Record<string, () => void>> = {
      '/': () => bar.focusSearch(),
      t: () => set({ table: !ui.table }),
      T: () => set({ table: !ui.table }),
      '?': () => keyHelp.toggle(),
      '0': () => port.fit(),
      '+': () => port.zoom(1.25),
      '-': () => port.zoom(0.8),
    };
    const act = action[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return {
    element,
    show(state, next) {
      ui = next;
      compute(state);
      replaceKeeping(title, ...titleBar(state, post));
      element.classList.toggle('waiting', shown === null);
      draw(true);
    },
  };
}
