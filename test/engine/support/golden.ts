import { readFileSync } from 'node:fs';
import type { Tensor } from '../../../src/engine/tensor';

/** Every tensor of a small safetensors file, integers as numbers too. */
export function readTensors(file: string): Map<string, Tensor> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const [from, to] = data_offsets.map((offset) => 8 + length + offset);
    const { buffer } = new Uint8Array(bytes.subarray(from, to));
    const data =
      dtype === 'I64' ? Float32Array.from(new BigInt64Array(buffer), Number) : new Float32Array(buffer);
    tensors.set(name, { dims: shape, data });
  }
  return tensors;
}
