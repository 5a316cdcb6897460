/** How the drawing lies in its box: scaled by `scale`, then moved by `x` and `y` CSS pixels. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Viewport {
  /** Shows the whole drawing, never larger than it was made. */
  fit(): void;
  zoom(factor: number): void;
  set(view: View): void;
  /** Moves so that a point of the drawing is seen, if it is not. */
  reveal(x: number, y: number): void;
}

const smallest = 0.15;
const largest = 3;
const margin = 40;

/** Panning by dragging, zooming by the wheel. `changed` is told after every move of the user. */
export function viewport(
  svg: SVGSVGElement,
  scene: SVGGElement,
  size: () => { readonly width: number; readonly height: number },
  changed: (view: View | null) => void,
): Viewport {
  let view: View = { scale: 1, x: 0, y: 0 };

  const apply = (next: View) => {
    view = next;
    scene.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.scale})`);
  };
  const zoomAt = (factor: number, x: number, y: number) => {
    const scale = Math.max(smallest, Math.min(largest, view.scale * factor));
    const ratio = scale / view.scale;
    apply({ scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio });
    changed(view);
  };

  svg.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      zoomAt(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  dragging(svg, (dx, dy, ended) => {
    apply({ ...view, x: view.x + dx, y: view.y + dy });
    if (ended) changed(view);
  });

  return {
    fit() {
      const { width, height } = size();
      const box = svg.getBoundingClientRect();
      if (width === 0 || box.width === 0) return;
      const scale = Math.max(smallest, Math.min(1.25, box.width / width, box.height / height));
      apply({ scale, x: (box.width - width * scale) / 2, y: Math.max(0, (box.height - height * scale) / 2) });
      changed(null);
    },
    zoom(factor) {
      const box = svg.getBoundingClientRect();
      zoomAt(factor, box.width / 2, box.height / 2);
    },
    set: apply,
    reveal(x, y) {
      const box = svg.getBoundingClientRect();
      const [atX, atY] = [x * view.scale + view.x, y * view.scale + view.y];
      const dx = Math.max(0, margin - atX) - Math.max(0, atX - (box.width - margin));
      const dy = Math.max(0, margin - atY) - Math.max(0, atY - (box.height - margin));
      if (dx === 0 && dy === 0) return;
      apply({ ...view, x: view.x + dx, y: view.y + dy });
      changed(view);
    },
  };
}

/** Reports the pointer's way while it drags the background. */
function dragging(svg: SVGSVGElement, moved: (dx: number, dy: number, ended: boolean) => void): void {
  let last: { x: number; y: number } | null = null;
  svg.addEventListener('pointerdown', (event) => {
    const onNode = event.target instanceof Element && event.target.closest('.node') !== null;
    if (event.button !== 0 || onNode) return;
    last = { x: event.clientX, y: event.clientY };
    svg.setPointerCapture(event.pointerId);
    svg.classList.add('dragging');
  });
  svg.addEventListener('pointermove', (event) => {
    if (!last) return;
    moved(event.clientX - last.x, event.clientY - last.y, false);
    last = { x: event.clientX, y: event.clientY };
  });
  const end = () => {
    if (!last) return;
    last = null;
    svg.classList.remove('dragging');
    moved(0, 0, true);
  };
  svg.addEventListener('pointerup', end);
  svg.addEventListener('pointercancel', end);
}
