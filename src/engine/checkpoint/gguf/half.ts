let table: Float32Array | null = null;

/** The value of an IEEE 754 half-precision number given by its 16 bits. */
export function halfToFloat(bits: number): number {
  table ??= Float32Array.from({ length: 65536 }, (_, i) => decode(i));
  return table[bits]!;
}

function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
