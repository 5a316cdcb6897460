import type {
  ChangeOutcome,
  CircuitSettings,
  CircuitTrial,
  ExportFormat,
  FromCircuitPanel,
} from '../../core/circuitPanel';
import type { GraphView } from '../../core/graphDocument';
import { pathsThrough } from '../../core/picture/paths';
import { groupId } from '../../core/picture/picture';
import { mostNodes } from '../../core/traced';
import { h, replaceKeeping } from '../dom';
import { chosen } from './chosen';
import type { EvidenceMessage } from './evidence';
import { experiments } from './experiments';
import { contentOf } from './exports';
import { keys, neighbour } from './keys';
import { mostPainted, scene } from './scene';
import { nodeOf, type Session, Steps } from './session';
import { grouped, pinToggled, renamed, ungrouped } from './settings';
import { keyDialog, shareDialog } from './share';
import type { ShownCircuit } from './store';
import { type Tracing, title } from './title';
import { countOf, toolbar } from './toolbar';

export interface GraphPanel {
  readonly element: HTMLElement;
  /** Shows a circuit, or what is there of one that is still traced. */
  show(shown: ShownCircuit, tracing: Tracing | null): void;
  mode(mode: 'plain' | 'expert'): void;
  evidence(message: EvidenceMessage): void;
  /** Forgets what was known of parts, and asks again about the chosen one. */
  forget(): void;
  changed(outcome: ChangeOutcome): void;
  tested(trial: CircuitTrial): void;
  busy(doing: string | null, problem: string | null): void;
  go(id: string): void;
}

/** Milliseconds that the slider rests before the scores are computed: they are of the whole graph. */
const countAfter = 60;
const scoresMean =
  'Replacement: of what enters the drawn circuit, the share that enters at tokens and not as something left out. Graph completeness: the share of all that goes into drawn nodes that is not left out. Both from 0 to 1, by influence';

/** The circuit panel. It is built once; what the user sets is told to `saved`. */
export function graphPanel(
  post: (message: FromCircuitPanel) => void,
  saved: (settings: CircuitSettings) => void,
): GraphPanel {
  const session: Session = { shown: null, drawn: null, tracing: null, mode: 'plain', steps: new Steps() };
  let hovered: string | null = null;
  let frame = 0;
  let lighting = 0;
  let counting: ReturnType<typeof setTimeout> | undefined;

  const stage = scene({
    focus: choose,
    hover: (id) => {
      hovered = id;
      if (lighting === 0) lighting = requestAnimationFrame(light);
    },
    key: nodeKey,
    placed: (place) => {
      // Fitted at every drawing: nothing that the user has set.
      if (place !== session.shown?.settings.place) settle({ place }, false);
    },
    resized: redraw,
    fold,
  });
  const lab = experiments(session, post, { undo, marked: mark });
  const side = chosen(session, post, {
    go,
    pin,
    group,
    fold,
    choose,
    rename: (id, label) => session.shown && look(renamed(session.shown.view, id, label)),
    accept: ({ nodes, label }) => session.shown && look(grouped(session.shown.view, nodes, label)),
    change: lab.change,
    options: lab.options,
    reveal: (position) => post({ type: 'reveal', position }),
    look: (layer, head) => post({ type: 'look', layer, head }),
  });
  const titleBox = h('div.title-bar', {});
  const totals = h('p.totals', { attributes: { role: 'status' } });
  const keyHelp = keyDialog(keys);
  const sharing = shareDialog((format, how) => void share(format, how));
  const bar = toolbar({
    keep: (percent) => settle({ keep: percent / 100 }, true),
    more() {
      const { shown } = session;
      if (shown) post({ type: 'trace', nodes: Math.min(mostNodes, 2 * shown.parts) });
    },
    fit: () => stage.port.fit(),
    table: toggleTable,
    test: lab.test,
    share: () => sharing.toggle(),
    keys: () => keyHelp.toggle(),
    search: find,
  });
  const element = h(
    'div.panel',
    { on: { keydown: panelKey } },
    titleBox,
    bar.element,
    lab.element,
    h('div.stage', {}, stage.element, side.table, side.card),
    totals,
    keyHelp.element,
    sharing.element,
  );

  /** Takes over what the user has set; draws anew at the next frame where that changes the picture. */
  function settle(part: Partial<CircuitSettings>, changesPicture: boolean): void {
    const { shown, tracing } = session;
    if (!shown) return;
    shown.settings = { ...shown.settings, ...part };
    if (changesPicture) redraw();
    if (!tracing) saved(shown.settings);
  }

  /** Another view, which can be undone. */
  function look(view: GraphView): void {
    if (!session.shown || view === session.shown.view) return;
    session.steps.add({ view: session.shown.view });
    settle({ view }, true);
  }

  function undo(): void {
    const step = session.steps.take();
    if (!step) return;
    if ('view' in step) settle({ view: step.view }, true);
    else lab.apply(step.changes);
  }

  function redraw(): void {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    const { shown, tracing } = session;
    if (!shown) return;
    const { settings, circuit } = shown;
    session.drawn = shown.drawn(stage.box());
    bar.update(shown.percent, settings.table, circuit.live && !tracing);
    side.table.hidden = !settings.table;
    stage.element.hidden = settings.table;
    if (!settings.table) stage.update(session.drawn, settings.folded, settings.place);
    side.show();
    mark();
    light();
    count();
  }

  function count(): void {
    const { shown, drawn } = session;
    if (!shown || !drawn) return;
    const { length } = drawn.picture.edges;
    const words = `${countOf(drawn.picture, shown.parts)}${length > mostPainted ? `, the strongest ${mostPainted} of them painted` : ''}`;
    totals.textContent = words;
    totals.title = scoresMean;
    clearTimeout(counting);
    counting = setTimeout(() => {
      const { replacement, completeness } = shown.extent.scores;
      totals.textContent = `${words} · replacement ${replacement.toFixed(2)} · graph completeness ${completeness.toFixed(2)}`;
    }, countAfter);
  }

  function mark(): void {
    const { shown } = session;
    stage.mark({
      current: shown?.view.clicked ?? null,
      pinned: (id) => {
        const node = nodeOf(session, id);
        return node !== undefined && shown?.isPinned(node) === true;
      },
      changed: lab.badge,
    });
  }

  function light(): void {
    cancelAnimationFrame(lighting);
    lighting = 0;
    const { shown, drawn } = session;
    if (!shown || !drawn) return;
    const { picture, ends } = drawn;
    const current = hovered ?? shown.view.clicked;
    const starts: number[] = [];
    picture.nodes.forEach((node, index) => {
      if (node.id === current || (hovered === null && shown.isPinned(node))) starts.push(index);
    });
    stage.light(starts.length > 0 ? pathsThrough(picture, ends, starts) : null);
  }

  function choose(id: string | null): void {
    const { shown } = session;
    if (!shown || shown.view.clicked === id) return;
    settle({ view: { ...shown.view, clicked: id } }, false);
    side.ask();
    side.show();
    mark();
    light();
  }

  /** Chooses a node; one that is not drawn is pinned, and so drawn. */
  function go(id: string): void {
    const { shown } = session;
    if (!shown) return;
    const target = shown.drawnId(id) ?? id;
    if (!nodeOf(session, target)) {
      if (shown.drawnId(id) === null) return;
      look({ ...shown.view, pinned: [...shown.view.pinned, id] });
      draw();
    }
    if (shown.settings.table || !stage.go(target)) choose(target);
  }

  function find(text: string): boolean {
    const { shown, drawn } = session;
    const found = shown && drawn ? shown.find(text, drawn, shown.view.clicked) : null;
    if (found) go(found);
    return found !== null;
  }

  function pin(id: string): void {
    const node = nodeOf(session, id);
    if (!session.shown || !node || ['rest', 'logit', 'layer'].includes(node.kind)) return;
    look(pinToggled(session.shown.view, id));
  }

  /** Takes a group apart, or groups a node with all that is pinned. */
  function group(id: string): void {
    const { shown } = session;
    if (!shown) return;
    const { view } = shown;
    const isGroup = view.supernodes.some(({ nodes }) => groupId(nodes) === id);
    const members = shown.groupable([...view.pinned, id]);
    if (!isGroup && members.length < 2) {
      lab.busy(null, 'Pin the other parts with Space first: G groups what is pinned with what is chosen.');
      return;
    }
    look(isGroup ? ungrouped(view, id) : grouped(view, members, `group of ${members.length}`));
    draw();
    if (shown.view.clicked) stage.go(shown.view.clicked);
  }

  function fold(layer: number): void {
    const folded = session.shown?.settings.folded ?? [];
    const isFolded = folded.includes(layer);
    settle({ folded: isFolded ? folded.filter((each) => each !== layer) : [...folded, layer] }, true);
  }

  function toggleTable(): void {
    settle({ table: !session.shown?.settings.table }, true);
  }

  async function share(format: ExportFormat, how: 'copy' | 'save' | 'open'): Promise<void> {
    const { shown, drawn } = session;
    if (!shown || !drawn) return;
    const { circuit, view, extent } = shown;
    try {
      const content = await contentOf(format, { circuit, view, drawn, extent });
      post({ type: 'export', format, how, name: circuit.document.slug, content });
    } catch {
      lab.busy(null, 'The picture is too large to be painted. Draw less with the slider, or save it as SVG.');
    }
  }

  function nodeKey(event: KeyboardEvent, id: string): void {
    const { drawn } = session;
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    const action: Readonly<Record<string, () => void>> = {
      ' ': () => pin(id),
      x: () => lab.change(id, { kind: 'zero' }),
      g: () => group(id),
      f: () => {
        const layer = nodeOf(session, id)?.layer;
        if (typeof layer === 'number') fold(layer);
      },
    };
    const isArrow = event.key.startsWith('Arrow');
    const act = action[event.key.toLowerCase()];
    if (!act && !isArrow) return;
    event.preventDefault();
    act?.();
    const next = isArrow ? neighbour(drawn, id, event.key) : null;
    if (next) go(next);
  }

  function panelKey(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== 'range';
    if (event.altKey || (typing && event.key !== 'Escape')) return;
    const withControl = event.ctrlKey || event.metaKey;
    const action: Readonly<Record<string, () => void>> = withControl
      ? { z: undo }
      : {
          '/': () => bar.focusSearch(),
          t: toggleTable,
          '?': () => keyHelp.toggle(),
          '0': () => stage.port.fit(),
          '+': () => stage.port.zoom(1.25),
          '-': () => stage.port.zoom(0.8),
          escape: () => {
            if (!keyHelp.close() && !sharing.close()) choose(null);
          },
        };
    const act = action[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return {
    element,
    show(next, tracing) {
      if (session.shown?.circuit.subject.id !== next.circuit.subject.id) {
        hovered = null;
        session.steps.clear();
        lab.clear();
        side.clear();
      }
      session.shown = next;
      session.tracing = tracing;
      replaceKeeping(
        titleBox,
        ...title(next.circuit.subject, tracing, next.circuit.notes, () => post({ type: 'stop' })),
      );
      draw();
      side.ask();
      lab.show();
    },
    mode(mode) {
      session.mode = mode;
      side.show();
      lab.show();
    },
    evidence: side.known,
    forget() {
      side.clear();
      side.ask();
      side.show();
    },
    changed: lab.changed,
    tested: lab.tested,
    busy: lab.busy,
    go,
  };
}
