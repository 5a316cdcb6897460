import type { Place } from '../../core/circuitPanel';

export interface Viewport {
  readonly place: Place;
  /** Shows the whole drawing, never larger than it was made. */
  fit(): void;
  zoom(factor: number): void;
  set(place: Place): void;
  /** Whether a part at a point of the drawing is seen whole. */
  shows(x: number, y: number): boolean;
  /** Moves so that a part at a point of the drawing is seen, if it is not. */
  reveal(x: number, y: number): void;
  /** Moves so that a point of the drawing is in the middle. */
  centre(x: number, y: number): void;
}

const smallest = 0.05;
const largest = 3;
/** From the edge of the box to what was moved into it, and to what need not be moved: half the height of a part. */
const margin = 50;
const least = 14;

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface ViewportEvents {
  /** At every step of a movement. */
  readonly moved: (place: Place) => void;
  /** When a movement of the user is over; null where the drawing is fitted again. */
  readonly set: (place: Place | null) => void;
}

/** Panning by dragging, zooming by the wheel. */
export function viewport(box: HTMLElement, size: () => Size, events: ViewportEvents): Viewport {
  let place: Place = { scale: 1, x: 0, y: 0 };

  const apply = (next: Place) => {
    place = next;
    events.moved(place);
  };
  const zoomAt = (factor: number, x: number, y: number) => {
    const scale = Math.max(smallest, Math.min(largest, place.scale * factor));
    const ratio = scale / place.scale;
    apply({ scale, x: x - (x - place.x) * ratio, y: y - (y - place.y) * ratio });
    events.set(place);
  };
  box.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const at = box.getBoundingClientRect();
      zoomAt(Math.exp(-event.deltaY / 400), event.clientX - at.left, event.clientY - at.top);
    },
    { passive: false },
  );
  dragging(box, (dx, dy, ended) => {
    if (ended) events.set(place);
    else apply({ ...place, x: place.x + dx, y: place.y + dy });
  });

  const shows = (x: number, y: number) => {
    const [atX, atY] = [x * place.scale + place.x, y * place.scale + place.y];
    const within = (at: number, size: number) => at >= least && at <= size - least;
    return within(atX, box.clientWidth) && within(atY, box.clientHeight);
  };

  return {
    get place() {
      return place;
    },
    shows,
    fit() {
      const { width, height } = size();
      const [across, down] = [box.clientWidth, box.clientHeight];
      if (width === 0 || across === 0) return;
      const scale = Math.max(smallest, Math.min(1.25, across / width, down / height));
      apply({
        scale,
        x: Math.max(0, (across - width * scale) / 2),
        y: Math.max(0, (down - height * scale) / 2),
      });
      events.set(null);
    },
    zoom(factor) {
      zoomAt(factor, box.clientWidth / 2, box.clientHeight / 2);
    },
    set: apply,
    reveal(x, y) {
      if (shows(x, y)) return;
      const [atX, atY] = [x * place.scale + place.x, y * place.scale + place.y];
      const dx = Math.max(0, margin - atX) - Math.max(0, atX - (box.clientWidth - margin));
      const dy = Math.max(0, margin - atY) - Math.max(0, atY - (box.clientHeight - margin));
      apply({ ...place, x: place.x + dx, y: place.y + dy });
      events.set(place);
    },
    centre(x, y) {
      const { scale } = place;
      apply({ scale, x: box.clientWidth / 2 - x * scale, y: box.clientHeight / 2 - y * scale });
      events.set(place);
    },
  };
}

/** Reports the pointer's way while it drags the background. */
function dragging(box: HTMLElement, moved: (dx: number, dy: number, ended: boolean) => void): void {
  let last: { x: number; y: number } | null = null;
  box.addEventListener('pointerdown', (event) => {
    const onThing =
      event.target instanceof Element && event.target.closest('.node, button, .minimap') !== null;
    if (event.button !== 0 || onThing) return;
    last = { x: event.clientX, y: event.clientY };
    box.setPointerCapture(event.pointerId);
    box.classList.add('dragging');
  });
  box.addEventListener('pointermove', (event) => {
    if (!last) return;
    moved(event.clientX - last.x, event.clientY - last.y, false);
    last = { x: event.clientX, y: event.clientY };
  });
  const end = () => {
    if (!last) return;
    last = null;
    box.classList.remove('dragging');
    moved(0, 0, true);
  };
  box.addEventListener('pointerup', end);
  box.addEventListener('pointercancel', end);
}
