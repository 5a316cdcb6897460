import type { Place } from '../../core/circuitPanel';
import { type Curve, widthOf } from '../../core/picture/curve';
import { h } from '../dom';

/** An edge as it is painted. */
export interface Stroke {
  readonly curve: Curve;
  readonly kind: 'for' | 'against' | 'score';
  readonly strength: number;
}

export interface EdgeLayer {
  readonly element: HTMLCanvasElement;
  set(strokes: readonly Stroke[]): void;
  /** Follows the view: what was painted is moved, and painted anew when the movement rests or has gone far. */
  move(place: Place): void;
  /** Paints at once. */
  paint(): void;
}

/** The drawing is painted this far beyond its box, in CSS pixels, so that it can be dragged without painting. */
const beyond = 240;
/** Scaled further than this, what was painted is too coarse. */
const coarse = 1.6;
const restMilliseconds = 120;
/** Strokes of nearly the same width go into one path: painting a path costs more than lengthening it. */
const widthSteps = 10;
/** Dashes of thinner lines are not seen, and cost as much as those of thick ones. */
const thinnestDashed = 0.9;

/** Edges on a canvas: thousands of them, which as elements could not be dragged. Colours are CSS variables of the canvas. */
export function edgeLayer(className: string): EdgeLayer {
  const element = h(`canvas.${className}`, { attributes: { 'aria-hidden': 'true' } });
  const context = element.getContext('2d')!;
  let groups: readonly (readonly Stroke[])[] = [];
  let place: Place = { scale: 1, x: 0, y: 0 };
  let painted: Place = place;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const paint = () => {
    clearTimeout(timer);
    timer = undefined;
    const box = element.parentElement;
    if (!box) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [box.clientWidth + 2 * beyond, box.clientHeight + 2 * beyond];
    if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
    } else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, element.width, element.height);
    }
    const { scale, x, y } = place;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, (x + beyond) * ratio, (y + beyond) * ratio);
    const style = getComputedStyle(element);
    const colors = {
      for: style.getPropertyValue('--for'),
      against: style.getPropertyValue('--against'),
      score: style.getPropertyValue('--score'),
    };
    const seen = {
      left: (-beyond - x) / scale,
      right: (width - beyond - x) / scale,
      top: (-beyond - y) / scale,
      bottom: (height - beyond - y) / scale,
    };
    for (const group of groups) strokeAll(context, group, colors, scale, seen);
    painted = place;
    element.style.transform = `translate(${-beyond}px, ${-beyond}px)`;
  };

  return {
    element,
    set(strokes) {
      groups = grouped(strokes);
    },
    move(next) {
      place = next;
      const ratio = place.scale / painted.scale;
      const [dx, dy] = [place.x - painted.x * ratio, place.y - painted.y * ratio];
      const far = Math.abs(place.x - painted.x) > beyond || Math.abs(place.y - painted.y) > beyond;
      if (ratio > coarse || ratio < 1 / coarse || (ratio === 1 && far)) {
        paint();
        return;
      }
      element.style.transform = `translate(${dx - beyond * ratio}px, ${dy - beyond * ratio}px) scale(${ratio})`;
      clearTimeout(timer);
      timer = setTimeout(paint, restMilliseconds);
    },
    paint,
  };
}

/** By kind and width, weakest first so that the strong ones lie above. */
function grouped(strokes: readonly Stroke[]): readonly (readonly Stroke[])[] {
  const groups = new Map<string, Stroke[]>();
  for (const stroke of [...strokes].sort((a, b) => a.strength - b.strength)) {
    const key = `${stroke.kind} ${stepOf(stroke)}`;
    const group = groups.get(key);
    if (group) group.push(stroke);
    else groups.set(key, [stroke]);
  }
  return [...groups.values()];
}

function stepOf({ strength }: Stroke): number {
  return Math.round(Math.sqrt(strength) * widthSteps);
}

interface Seen {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function strokeAll(
  context: CanvasRenderingContext2D,
  group: readonly Stroke[],
  colors: Readonly<Record<Stroke['kind'], string>>,
  scale: number,
  seen: Seen,
): void {
  const first = group[0]!;
  const { kind } = first;
  const width = kind === 'score' ? 1.8 : widthOf((stepOf(first) / widthSteps) ** 2);
  context.lineWidth = Math.max(width, 0.6 / scale);
  context.strokeStyle = colors[kind];
  context.globalAlpha = kind === 'score' ? 1 : 0.35 + 0.45 * Math.sqrt(first.strength);
  context.lineCap = kind === 'score' ? 'round' : 'butt';
  const dashed = kind === 'against' && width * scale >= thinnestDashed;
  context.setLineDash(kind === 'score' ? [0.5, 5] : dashed ? [7, 4] : []);
  context.beginPath();
  for (const { curve } of group) {
    if (!isSeen(curve, seen)) continue;
    context.moveTo(curve.x1, curve.y1);
    context.bezierCurveTo(curve.cx1, curve.cy1, curve.cx2, curve.cy2, curve.x2, curve.y2);
  }
  context.stroke();
}

function isSeen({ x1, x2, y1, y2, cy1, cy2 }: Curve, { left, right, top, bottom }: Seen): boolean {
  return (
    Math.max(x1, x2) >= left &&
    Math.min(x1, x2) <= right &&
    Math.max(y1, y2, cy1, cy2) >= top &&
    Math.min(y1, y2, cy1, cy2) <= bottom
  );
}
