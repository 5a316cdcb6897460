/** In float64: b with the part of a that begins at `start`. */
export function dot(a: Float32Array, start: number, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < b.length; i++) total += a[start + i]! * b[i]!;
  return total;
}
