/** The stored forms of weights, to and from numbers. Written from IEEE 754 alone, apart from the engine. */
export type StoredType = 'F32' | 'F16' | 'BF16';

export function bytesOf(values: readonly number[], type: StoredType): Uint8Array {
  const size = type === 'F32' ? 4 : 2;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    if (type === 'F32') view.setFloat32(4 * i, value, true);
    else view.setUint16(2 * i, type === 'F16' ? toHalf(value) : toBrain(value), true);
  }
  return bytes;
}

export function numbersOf(bytes: Uint8Array, type: StoredType): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = type === 'F32' ? 4 : 2;
  return Float64Array.from({ length: bytes.length / size }, (_, i) => {
    if (type === 'F32') return view.getFloat32(4 * i, true);
    const bits = view.getUint16(2 * i, true);
    return type === 'F16' ? fromHalf(bits) : fromBrain(bits);
  });
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 0) return sign * 2 ** -14 * fraction;
  return sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** For numbers of ordinary size, toward zero: tests only need some half, not the nearest. */
function toHalf(value: number): number {
  const size = Math.abs(value);
  if (size < 2 ** -14) return 0;
  const exponent = Math.floor(Math.log2(size));
  const fraction = Math.floor((size / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}

/** A brain float is the upper half of a single. */
function fromBrain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

function toBrain(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0) >>> 16;
}
