import type { Dim } from './onnx';

export type Shape = readonly Dim[];

/** The product of two sizes, by name where one is known only at run time. */
export function times(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1) return a;
  return typeof a === 'number' && typeof b === 'number' ? a * b : `${a}*${b}`;
}

/** The size of two parts laid end to end. */
export function plus(a: Dim, b: Dim): Dim {
  return typeof a === 'number' && typeof b === 'number' ? a + b : `${a}+${b}`;
}

/** The shape of an elementwise operation on two shapes, aligned at their last dimensions. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new Error(`Shapes [${a}] and [${b}] do not go together.`);
  });
}

/**
 * The constant that makes ONNX's Reshape take `from` to `to`: 0 keeps a dimension in its place, -1 stands for the one
 * that is known only at run time.
 */
export function reshapeTarget(from: Shape, to: Shape): number[] {
  const target = to.map((dim, axis) => (typeof dim === 'number' ? dim : from[axis] === dim ? 0 : -1));
  if (target.filter((dim) => dim === -1).length > 1) {
    throw new Error(`[${from}] to [${to}] leaves more than one size open.`);
  }
  return target;
}
