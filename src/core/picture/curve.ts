import type { PlacedNode } from './layout';

/** A cubic curve: where it starts, its two handles, where it ends. */
export interface Curve {
  readonly x1: number;
  readonly y1: number;
  readonly cx1: number;
  readonly cy1: number;
  readonly cx2: number;
  readonly cy2: number;
  readonly x2: number;
  readonly y2: number;
}

const thinnest = 0.8;
const thickest = 9;

/** From the top of one node to the bottom of another; sideways and around where the target is not above. */
export function curveBetween(from: PlacedNode, to: PlacedNode): Curve {
  const [y1, y2] = [from.y - from.height / 2, to.y + to.height / 2];
  const bend = Math.max(18, Math.abs(y1 - y2) * 0.45);
  return { x1: from.x, y1, cx1: from.x, cy1: y1 - bend, cx2: to.x, cy2: y2 + bend, x2: to.x, y2 };
}

/** The width of an edge by its strength: areas are compared better than widths. */
export function widthOf(strength: number): number {
  return thinnest + (thickest - thinnest) * Math.sqrt(strength) ** 1.5;
}

/** As the `d` of an SVG path. */
export function pathOf({ x1, y1, cx1, cy1, cx2, cy2, x2, y2 }: Curve): string {
  const at = (x: number, y: number) => `${round(x)} ${round(y)}`;
  return `M ${at(x1, y1)} C ${at(cx1, cy1)}, ${at(cx2, cy2)}, ${at(x2, y2)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
