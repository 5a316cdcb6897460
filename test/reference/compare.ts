import assert from 'node:assert/strict';

interface Numbers {
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** max|a − b| / max|b|, over what is finite in b; infinite values have to be equal. */
export function relativeError(a: Numbers['data'], b: Numbers['data']): number {
  assert.equal(a.length, b.length);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    if (Number.isFinite(b[i]!)) {
      // A NaN would lose every comparison.
      difference = Math.max(
        difference,
        Number.isFinite(a[i]!) ? Math.abs(a[i]! - b[i]!) : Number.POSITIVE_INFINITY,
      );
      largest = Math.max(largest, Math.abs(b[i]!));
    } else if (a[i] !== b[i]) difference = Number.POSITIVE_INFINITY;
  }
  return largest === 0 ? difference : difference / largest;
}

export function assertClose(found: Numbers, expected: Numbers, limit: number, what: string): void {
  assert.equal(String(found.dims), String(expected.dims), `shape of ${what}`);
  const error = relativeError(found.data, expected.data);
  assert.ok(error <= limit, `${what} is off by ${error}, more than ${limit}`);
}
