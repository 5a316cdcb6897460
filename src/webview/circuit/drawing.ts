import type { Circuit } from '../../core/circuit';
import type { PathSet } from '../../core/circuitPaths';
import { type CircuitContext, nodeLabel } from '../../core/circuitWords';
import { showSigned } from '../../core/display';
import { svg } from '../dom';
import type { Layout, PlacedEdge, PlacedNode } from './layout';

export interface DrawingEvents {
  readonly focus: (id: string) => void;
  readonly hover: (id: string | null) => void;
  readonly key: (event: KeyboardEvent, id: string) => void;
}

export interface Drawing {
  readonly element: SVGSVGElement;
  /** What is moved and scaled. */
  readonly scene: SVGGElement;
  update(layout: Layout, circuit: Circuit, context: CircuitContext): void;
  /** Lights paths and fades the rest; null lights nothing. */
  light(paths: PathSet | null): void;
  /** Marks the pinned nodes and the one that Tab leads to. */
  mark(pinned: ReadonlySet<string>, current: string | null): void;
  focus(id: string): void;
}

/** The circuit as SVG. Elements are kept by id from one update to the next, so that the slider changes only what changed. */
export function drawing(events: DrawingEvents): Drawing {
  const rails = svg('g.rails', { attributes: { 'aria-hidden': 'true' } });
  const edges = svg('g.edges', { attributes: { 'aria-hidden': 'true' } });
  const nodes = svg('g.nodes', {});
  const scene = svg('g', {}, rails, edges, nodes);
  const element = svg('svg.circuit', { attributes: { role: 'group' } }, scene);
  const nodeElements = new Map<string, SVGGElement>();
  const edgeElements = new Map<string, SVGPathElement>();

  return {
    element,
    scene,
    update(layout, circuit, context) {
      element.setAttribute(
        'aria-label',
        'Circuit: paths from tokens through parts of the model to the answer',
      );
      rails.replaceChildren(...railElements(layout));
      reconcile(edgeElements, layout.edges, (placed) => placed.edge.id, edges, edgeElement, updateEdge);
      reconcile(
        nodeElements,
        layout.nodes,
        (placed) => placed.node.id,
        nodes,
        (placed) => nodeElement(placed, events),
        (group, placed) => updateNode(group, placed, nodeLabel(circuit, placed.node, context)),
      );
    },
    light(paths) {
      element.classList.toggle('lighting', paths !== null);
      for (const [id, group] of nodeElements) group.classList.toggle('lit', paths?.nodes.has(id) ?? false);
      for (const [id, path] of edgeElements) path.classList.toggle('lit', paths?.edges.has(id) ?? false);
    },
    mark(pinned, current) {
      const reachable = current !== null && nodeElements.has(current) ? current : 'output';
      for (const [id, group] of nodeElements) {
        group.classList.toggle('pinned', pinned.has(id));
        group.classList.toggle('current', id === current);
        group.setAttribute('aria-pressed', pinned.has(id) ? 'true' : 'false');
        group.setAttribute('tabindex', id === reachable ? '0' : '-1');
      }
    },
    focus(id) {
      nodeElements.get(id)?.focus({ preventScroll: true });
    },
  };
}

/** Creates what is new, updates what stays and removes what went, in the order of `items`. */
function reconcile<T, E extends SVGElement>(
  known: Map<string, E>,
  items: readonly T[],
  idOf: (item: T) => string,
  parent: SVGGElement,
  create: (item: T) => E,
  update: (element: E, item: T) => void,
): void {
  const ids = new Set(items.map(idOf));
  for (const [id, element] of known) {
    if (ids.has(id)) continue;
    element.remove();
    known.delete(id);
  }
  for (const item of items) {
    const id = idOf(item);
    let element = known.get(id);
    if (!element) {
      element = create(item);
      known.set(id, element);
      parent.append(element);
    }
    update(element, item);
  }
}

function edgeElement(): SVGPathElement {
  return svg('path.edge', {}, svg('title', {}));
}

function updateEdge(path: SVGPathElement, { edge, path: shape, width }: PlacedEdge): void {
  path.setAttribute('d', shape);
  path.style.setProperty('--width', width.toFixed(2));
  path.classList.toggle('for', edge.value >= 0);
  path.classList.toggle('against', edge.value < 0);
  path.firstElementChild!.textContent = `${showSigned(edge.value)} logits`;
}

function nodeElement({ node }: PlacedNode, events: DrawingEvents): SVGGElement {
  const group = svg(
    `g.node.${node.kind}`,
    {
      attributes: { role: 'button', 'data-id': node.id },
      on: {
        click: () => group.focus({ preventScroll: true }),
        focus: () => events.focus(node.id),
        pointerenter: () => events.hover(node.id),
        pointerleave: () => events.hover(null),
        keydown: (event) => events.key(event, node.id),
      },
    },
    svg('title', {}),
    svg('rect', {}),
    svg('text.label', { attributes: { 'text-anchor': 'middle' } }),
    svg('text.value', { attributes: { 'text-anchor': 'middle' } }),
    svg('text.pin', { attributes: { 'aria-hidden': 'true' } }, '●'),
  );
  return group;
}

function updateNode(group: SVGGElement, placed: PlacedNode, label: string): void {
  const { node, x, y, width, height, detail } = placed;
  const [title, rect, name, value, pin] = [...group.children];
  group.setAttribute('transform', `translate(${x} ${y})`);
  group.setAttribute('aria-label', label);
  group.classList.toggle('negative', node.value < 0);
  title!.textContent = label;
  const corner = node.kind === 'mlp' ? height / 2 : 3;
  for (const [attribute, amount] of [
    ['x', -width / 2],
    ['y', -height / 2],
    ['width', width],
    ['height', height],
    ['rx', corner],
  ] as const) {
    rect!.setAttribute(attribute, String(amount));
  }
  name!.textContent = placed.label;
  name!.setAttribute('y', detail === '' ? '4' : '-2');
  value!.textContent = detail;
  value!.setAttribute('y', '12');
  pin!.setAttribute('x', String(width / 2 - 9));
  pin!.setAttribute('y', String(-height / 2 + 9));
}

/** What stands behind the circuit: names of the rows, lines of the source, signs of folded columns. */
function railElements(layout: Layout): readonly SVGElement[] {
  return [
    ...layout.rows.flatMap(({ label, y }) => [
      svg('line.rail', { attributes: { x1: 60, x2: layout.width, y1: y, y2: y } }),
      svg('text.row', { attributes: { x: 4, y: y + 4 } }, label),
    ]),
    ...layout.brackets.flatMap(({ label, from, to, y }) => [
      svg('path.bracket', { attributes: { d: `M ${from + 2} ${y} v 5 H ${to - 2} v -5` } }),
      svg('text.line', { attributes: { x: (from + to) / 2, y: y + 18, 'text-anchor': 'middle' } }, label),
    ]),
    ...layout.places.map(({ x, y, label }) =>
      svg('text.place', { attributes: { x, y: y + 4, 'text-anchor': 'middle' } }, label),
    ),
    ...layout.folds.map(({ x, y, hidden }) =>
      svg(
        'text.fold',
        { attributes: { x, y: y + 4, 'text-anchor': 'middle' } },
        '⋯',
        svg('title', {}, hidden === 1 ? '1 more token' : `${hidden} more tokens`),
      ),
    ),
  ];
}
