import type { Place } from '../../core/circuitPanel';
import { curveBetween } from '../../core/picture/curve';
import type { Drawn } from '../../core/picture/drawn';
import type { Box, Row } from '../../core/picture/layout';
import type { Lit } from '../../core/picture/paths';
import { isDrawn } from '../../core/picture/picture';
import { h } from '../dom';
import { edgeLayer, type Stroke } from './edges';
import { minimap } from './minimap';
import { type Marks, type NodeEvents, nodeLayer } from './nodes';
import { type Viewport, viewport } from './viewport';

/** More edges than this are not painted, only listed: the weakest of a dense graph are a grey mist. */
export const mostPainted = 5000;
/** Smaller than this, names are no longer read: they go. */
const readableFrom = 0.45;

export interface SceneEvents extends NodeEvents {
  readonly placed: (place: Place | null) => void;
  readonly resized: () => void;
  /** A layer is folded or opened. */
  readonly fold: (layer: number) => void;
}

export interface Scene {
  readonly element: HTMLElement;
  readonly port: Viewport;
  /** The size of its box; of a common one before it is laid out. */
  box(): Box;
  /** Draws; fits the drawing to its box unless it has a place. */
  update(drawn: Drawn, folded: readonly number[], place: Place | null): void;
  light(lit: Lit | null): void;
  mark(marks: Marks): void;
  /** Gives a node the focus and moves so that it is seen; false where it is not drawn. */
  go(id: string): boolean;
}

/** The drawing: edges on canvases, nodes as elements, names of the rows that stay in sight, a map when it is large. */
export function scene(events: SceneEvents): Scene {
  const edges = edgeLayer('edges');
  const litEdges = edgeLayer('edges.above');
  const nodes = nodeLayer(events);
  const gutter = h('div.gutter', {});
  const map = minimap((x, y) => port.centre(x, y));
  const element = h('div.canvas', {}, edges.element, litEdges.element, nodes.element, gutter, map.element);
  let drawn: Drawn | null = null;
  let labels: readonly { readonly element: HTMLElement; readonly y: number }[] = [];

  const port = viewport(element, () => drawn?.layout ?? { width: 0, height: 0 }, {
    moved(place) {
      edges.move(place);
      litEdges.move(place);
      nodes.element.classList.toggle('far', place.scale < readableFrom);
      nodes.element.style.transform = `translate(${place.x}px, ${place.y}px) scale(${place.scale})`;
      for (const { element: label, y } of labels) {
        label.style.transform = `translate(0, ${place.y + y * place.scale}px) translate(0, -50%)`;
      }
      map.move(place, { width: element.clientWidth, height: element.clientHeight });
    },
    set: events.placed,
  });
  new ResizeObserver(() => events.resized()).observe(element);
  // The colours are the theme's, which VS Code changes on the page's root and body.
  new MutationObserver(() => {
    edges.paint();
    litEdges.paint();
  }).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['style', 'class'],
    subtree: false,
  });

  return {
    element,
    port,
    box: () =>
      element.clientHeight > 0
        ? { width: element.clientWidth, height: element.clientHeight }
        : { width: 900, height: 600 },
    update(next, folded, place) {
      drawn = next;
      const { picture, layout, ends, context } = next;
      nodes.update(picture, layout, ends, context);
      map.set(layout);
      edges.set(strokesOf(next, null));
      labels = rowLabels(layout.rows, folded, events.fold);
      gutter.replaceChildren(...labels.map((label) => label.element));
      if (place !== null) port.set(place);
      // More or fewer parts move all of them: what was looked at may now be empty.
      if (place === null || !layout.nodes.some(({ x, y }) => port.shows(x, y))) port.fit();
      edges.paint();
    },
    light(lit) {
      element.classList.toggle('lighting', lit !== null);
      nodes.light(lit?.nodes ?? null);
      litEdges.set(lit && drawn ? strokesOf(drawn, lit) : []);
      litEdges.move(port.place);
      litEdges.paint();
    },
    mark: (marks) => nodes.mark(marks),
    go(id) {
      const placed = drawn?.layout.nodes.find(({ node }) => node.id === id);
      if (!placed) return false;
      port.reveal(placed.x, placed.y);
      return nodes.focus(id);
    },
  };
}

/** What is painted: the strongest edges but those of rests, or exactly what is lit. */
function strokesOf({ picture, layout }: Drawn, lit: Lit | null): readonly Stroke[] {
  const curve = (from: number, to: number) => curveBetween(layout.nodes[from]!, layout.nodes[to]!);
  const strokes: Stroke[] = [];
  for (const [index, edge] of picture.edges.entries()) {
    if (lit ? !lit.edges.has(index) : !isDrawn(picture, edge)) continue;
    const { from, to, weight, strength } = edge;
    if (strokes.length >= mostPainted) break;
    strokes.push({ curve: curve(from, to), kind: weight < 0 ? 'against' : 'for', strength });
  }
  picture.scores.forEach(({ from, to, telling }, index) => {
    if (lit ? !lit.scores.has(index) : !telling) return;
    strokes.push({ curve: curve(from, to), kind: 'score', strength: 1 });
  });
  return strokes;
}

/** One name for all rows of a layer; a layer's name folds it. */
function rowLabels(
  rows: readonly Row[],
  folded: readonly number[],
  fold: (layer: number) => void,
): readonly { readonly element: HTMLElement; readonly y: number }[] {
  const byLabel = new Map<string, Row[]>();
  for (const row of rows) byLabel.set(row.label, [...(byLabel.get(row.label) ?? []), row]);
  return [...byLabel].map(([label, same]) => {
    const y = same.reduce((sum, row) => sum + row.y, 0) / same.length;
    const { layer } = same[0]!;
    if (layer === null) return { element: h('span.row', {}, label), y };
    const isFolded = folded.includes(layer);
    const element = h(
      'button.row',
      {
        attributes: {
          type: 'button',
          'aria-expanded': isFolded ? 'false' : 'true',
          'data-key': `fold-${layer}`,
          title: isFolded ? 'Open this layer' : 'Fold this layer into one node',
        },
        on: { click: () => fold(layer) },
      },
      `${isFolded ? '▸' : '▾'} ${label}`,
    );
    return { element, y };
  });
}
