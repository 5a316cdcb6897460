import type { Tensor } from '../tensor';

/** Rows `from` up to `to` of the leading dimension, without a copy. */
export function rowsOf({ dims, data }: Tensor, from: number, to: number): Tensor {
  const size = data.length / dims[0]!;
  return { dims: [to - from, ...dims.slice(1)], data: data.subarray(from * size, to * size) };
}

/** Tensors laid end to end along their leading dimension. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return parts[0]!;
  const data = new Float32Array(parts.reduce((length, part) => length + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const rows = parts.reduce((count, { dims }) => count + dims[0]!, 0);
  return { dims: [rows, ...parts[0]!.dims.slice(1)], data };
}

/** Of [B, S, n] the given positions of every row, as [B, positions, n]. */
export function positionsOf({ dims, data }: Tensor, positions: readonly number[]): Tensor {
  const [batch, length, size] = dims as [number, number, number];
  const picked = new Float32Array(batch * positions.length * size);
  for (let row = 0; row < batch; row++) {
    for (const [index, position] of positions.entries()) {
      const from = (row * length + position) * size;
      picked.set(data.subarray(from, from + size), (row * positions.length + index) * size);
    }
  }
  return { dims: [batch, positions.length, size], data: picked };
}

export function zeros(dims: readonly number[]): Tensor {
  return { dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) };
}

/** A tensor and a part of it that stands at some positions along an axis, added up. */
export function addedAt(whole: Tensor, axis: number, positions: readonly number[], part: Tensor): Tensor {
  const length = whole.dims[axis]!;
  const size = whole.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = whole.data.length / (length * size);
  const data = whole.data.slice();
  for (let row = 0; row < outer; row++) {
    for (const [index, position] of positions.entries()) {
      const to = (row * length + position) * size;
      const from = (row * positions.length + index) * size;
      for (let i = 0; i < size; i++) data[to + i]! += part.data[from + i]!;
    }
  }
  return { dims: whole.dims, data };
}
