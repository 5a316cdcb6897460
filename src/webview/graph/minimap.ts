import type { Place } from '../../core/circuitPanel';
import type { Layout } from '../../core/picture/layout';
import { h } from '../dom';

export interface Minimap {
  readonly element: HTMLElement;
  set(layout: Layout): void;
  /** Shows what is seen; hidden while that is all there is. */
  move(place: Place, box: { readonly width: number; readonly height: number }): void;
}

const size = { width: 150, height: 90 } as const;
/** It helps from where the drawing is this much larger than its box. */
const helpsFrom = 1.25;

/** The whole drawing small, with a frame around what is seen; a click or a drag goes there. */
export function minimap(go: (x: number, y: number) => void): Minimap {
  const canvas = h('canvas', { attributes: { width: size.width * 2, height: size.height * 2 } });
  const frame = h('div.seen', {});
  const element = h('div.minimap', { attributes: { 'aria-hidden': 'true', hidden: true } }, canvas, frame);
  let layout: Layout | null = null;
  let painted: Layout | null = null;

  const scale = () => (layout ? Math.min(size.width / layout.width, size.height / layout.height) : 1);
  const jump = (event: PointerEvent) => {
    const at = element.getBoundingClientRect();
    go((event.clientX - at.left) / scale(), (event.clientY - at.top) / scale());
  };
  element.addEventListener('pointerdown', (event) => {
    event.stopPropagation();
    element.setPointerCapture(event.pointerId);
    jump(event);
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) jump(event);
  });

  function paint(): void {
    const context = canvas.getContext('2d')!;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale() * 2, 0, 0, scale() * 2, 0, 0);
    context.fillStyle = getComputedStyle(canvas).color;
    for (const { x, y, width, height } of layout?.nodes ?? []) {
      context.fillRect(x - width / 2, y - height / 2, width, height);
    }
    painted = layout;
  }

  return {
    element,
    set(next) {
      layout = next;
    },
    move(place, box) {
      if (!layout) return;
      const larger = Math.max(
        (layout.width * place.scale) / box.width,
        (layout.height * place.scale) / box.height,
      );
      element.hidden = larger < helpsFrom;
      if (element.hidden) return;
      if (painted !== layout) paint();
      const ratio = scale() / place.scale;
      const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
      const [left, top] = [clamp(-place.x * ratio, size.width), clamp(-place.y * ratio, size.height)];
      const { style } = frame;
      style.transform = `translate(${left}px, ${top}px)`;
      style.width = `${clamp((box.width - place.x) * ratio, size.width) - left}px`;
      style.height = `${clamp((box.height - place.y) * ratio, size.height) - top}px`;
    },
  };
}
