/**
 * Σ a[aFrom + i] · b[bFrom + i] over `length` items, in float64. Four sums grow side by side: alone, each addition would
 * wait for the one before it.
 */
export function dot(
  a: Float32Array,
  b: Float32Array,
  aFrom = 0,
  bFrom = 0,
  length = b.length - bFrom,
): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    first += a[aFrom + i]! * b[bFrom + i]!;
    second += a[aFrom + i + 1]! * b[bFrom + i + 1]!;
    third += a[aFrom + i + 2]! * b[bFrom + i + 2]!;
    fourth += a[aFrom + i + 3]! * b[bFrom + i + 3]!;
  }
  for (; i < length; i++) first += a[aFrom + i]! * b[bFrom + i]!;
  return first + second + third + fourth;
}
