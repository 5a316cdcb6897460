import { type Layout, type PlacedNode, tokenLabel } from '../../core/picture/layout';
import type { Ends } from '../../core/picture/paths';
import type { Picture } from '../../core/picture/picture';
import { drawnName, hintOf, nodeLabel, type PictureContext } from '../../core/picture/words';
import { h } from '../dom';

export interface NodeEvents {
  readonly focus: (id: string) => void;
  readonly hover: (id: string | null) => void;
  readonly key: (event: KeyboardEvent, id: string) => void;
}

export interface NodeLayer {
  readonly element: HTMLElement;
  update(picture: Picture, layout: Layout, ends: Ends, context: PictureContext): void;
  /** Indices of nodes that are lit; null lights nothing. */
  light(lit: ReadonlySet<number> | null): void;
  /** Marks pinned nodes, those that are changed, and the one that Tab leads to. */
  mark(marks: Marks): void;
  focus(id: string): boolean;
}

export interface Marks {
  readonly pinned: (id: string) => boolean;
  readonly changed: (id: string) => string | null;
  readonly current: string | null;
}

interface Shown {
  readonly box: HTMLElement;
  readonly label: HTMLElement;
  readonly hint: HTMLElement;
  readonly badge: HTMLElement;
  /** What was last written, so that a frame touches only what changed. */
  said: string;
  placed: string;
}

/** Nodes as elements, kept by id from one update to the next: what stays only moves. */
export function nodeLayer(events: NodeEvents): NodeLayer {
  const rails = h('div.rails', { attributes: { 'aria-hidden': 'true' } });
  const list = h('div.list', {});
  const element = h(
    'div.nodes',
    {
      attributes: {
        role: 'group',
        'aria-label': 'Circuit: paths from tokens through parts of the model to the answer',
      },
    },
    rails,
    list,
  );
  const shown = new Map<string, Shown>();
  let order: readonly string[] = [];
  let lit: ReadonlySet<string> = new Set();
  let lighting = false;

  return {
    element,
    update(picture, layout, ends, context) {
      order = picture.nodes.map(({ id }) => id);
      const ids = new Set(order);
      for (const [id, { box }] of shown) {
        if (ids.has(id)) continue;
        box.remove();
        shown.delete(id);
      }
      layout.nodes.forEach((placed, index) => {
        const { id } = placed.node;
        let entry = shown.get(id);
        if (!entry) {
          entry = created(id, events);
          shown.set(id, entry);
          list.append(entry.box);
        }
        write(entry, placed, nodeLabel(picture, placed.node, ends.into[index]!, context), context, layout);
      });
      rails.replaceChildren(...railElements(layout));
      for (const size of ['tight', 'dense']) element.classList.toggle(size, layout.size === size);
    },
    light(indices) {
      const next = new Set([...(indices ?? [])].map((index) => order[index] ?? ''));
      if (lighting !== (indices !== null)) element.classList.toggle('lighting', indices !== null);
      lighting = indices !== null;
      for (const id of lit) if (!next.has(id)) shown.get(id)?.box.classList.remove('lit');
      for (const id of next) if (!lit.has(id)) shown.get(id)?.box.classList.add('lit');
      lit = next;
    },
    mark({ pinned, changed, current }) {
      const reachable = current !== null && shown.has(current) ? current : firstReachable(shown);
      for (const [id, { box, badge }] of shown) {
        box.classList.toggle('pinned', pinned(id));
        box.classList.toggle('current', id === current);
        const what = changed(id);
        box.classList.toggle('changed', what !== null);
        badge.textContent = what ?? (pinned(id) ? '●' : '');
        box.setAttribute('aria-pressed', pinned(id) ? 'true' : 'false');
        box.tabIndex = id === reachable ? 0 : -1;
      }
    },
    focus(id) {
      const entry = shown.get(id);
      entry?.box.focus({ preventScroll: true });
      return entry !== undefined;
    },
  };
}

/** Tab leads to what is explained until something is chosen. */
function firstReachable(shown: ReadonlyMap<string, Shown>): string | null {
  for (const [id, { box }] of shown) if (box.classList.contains('logit')) return id;
  return shown.keys().next().value ?? null;
}

function created(id: string, events: NodeEvents): Shown {
  const label = h('span.label', {});
  const hint = h('span.hint', {});
  const badge = h('span.badge', { attributes: { 'aria-hidden': 'true' } });
  const box = h(
    'div.node',
    {
      attributes: { role: 'button', 'data-id': id },
      on: {
        click: () => box.focus({ preventScroll: true }),
        focus: () => events.focus(id),
        pointerenter: () => events.hover(id),
        pointerleave: () => events.hover(null),
        keydown: (event) => events.key(event, id),
      },
    },
    label,
    hint,
    badge,
  );
  return { box, label, hint, badge, said: '', placed: '' };
}

function write(
  entry: Shown,
  { node, x, y, width, height }: PlacedNode,
  label: string,
  context: PictureContext,
  { size, longest }: Layout,
): void {
  const said = `${size} ${longest} ${label}`;
  if (entry.said !== said) {
    entry.said = said;
    const isToken = node.kind === 'token';
    entry.box.className = `node ${node.kind}`;
    entry.label.textContent = isToken
      ? tokenLabel(context.subject.tokens, node.position ?? 0, longest)
      : drawnName(node, context);
    entry.hint.textContent = size !== 'roomy' || isToken ? '' : hintOf(node, context);
    entry.box.setAttribute('aria-label', label);
    entry.box.title = label;
  }
  const placed = `${x} ${y} ${width} ${height}`;
  if (entry.placed === placed) return;
  entry.placed = placed;
  const { style } = entry.box;
  style.width = `${width}px`;
  style.height = `${height}px`;
  style.transform = `translate(${x - width / 2}px, ${y - height / 2}px)`;
}

/** What stands behind the circuit: lines of the rows, lines of the source, signs of folded columns. */
function railElements(layout: Layout): readonly HTMLElement[] {
  const at = (
    selector: 'div' | `div.${string}`,
    x: number,
    y: number,
    width: number,
    text: string,
    title = '',
  ) =>
    h(
      selector,
      {
        attributes: { title: title || null },
        css: { '--x': `${x}px`, '--y': `${y}px`, '--w': `${width}px` },
      },
      text,
    );
  return [
    ...layout.rows.map(({ y }) => at('div.rail', 0, y, layout.width, '')),
    ...layout.brackets.map(({ label, from, to, y }) => at('div.bracket', from, y, to - from, label)),
    ...layout.places.map(({ x, y, label }) => at('div.place', x - 60, y - 9, 120, label)),
    ...layout.folds.map(({ x, y, hidden }) =>
      at('div.fold', x - 12, y - 9, 24, '⋯', hidden === 1 ? '1 more token' : `${hidden} more tokens`),
    ),
  ];
}
