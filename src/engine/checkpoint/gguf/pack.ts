import { open } from 'node:fs/promises';
import { halfToFloat } from './half';
import type { GgufTensor } from './header';

/** Weights that share a scale, in the formats that can be packed. */
export const packedBlock = 32;

/** A block-quantised matrix as onnxruntime's MatMulNBits reads it: whole numbers and scales apart. */
export interface PackedMatrix {
  /** Bits of a weight. A whole number q stands for (q − 2^(bits − 1)) times the scale of its block. */
  readonly bits: 4 | 8;
  /** [outputs, inputs]. */
  readonly shape: readonly number[];
  /** Absolute path of the file. */
  readonly file: string;
  /** uint8 [outputs, inputs / 32, 4 · bits]. */
  readonly weights: { readonly offset: number; readonly bytes: number };
  /** fp32 [outputs, inputs / 32]. */
  readonly scales: { readonly offset: number; readonly bytes: number };
}

/** By format, the bits of a weight and the bytes of a block: its scale in half precision, then its weights. */
const packable: Readonly<Record<string, { bits: 4 | 8; bytes: number }>> = {
  Q8_0: { bits: 8, bytes: 34 },
  Q4_0: { bits: 4, bytes: 18 },
};

/** Where in a file the packed form of each matrix lies that has one, by its name. */
export function packedLayout(
  tensors: readonly GgufTensor[],
  file: string,
): ReadonlyMap<string, PackedMatrix> {
  const layout = new Map<string, PackedMatrix>();
  let end = 0;
  const place = (bytes: number) => {
    const offset = end;
    // A multiple of 64 bytes, which vector instructions like.
    end = Math.ceil((offset + bytes) / 64) * 64;
    return { offset, bytes };
  };
  for (const { name, type, shape } of tensors) {
    const format = packable[type];
    if (!format || shape.length !== 2) continue;
    const blocks = (shape[0]! * shape[1]!) / packedBlock;
    const { bits } = format;
    const weights = place(blocks * 4 * bits);
    layout.set(name, { bits, shape, file, weights, scales: place(blocks * 4) });
  }
  return layout;
}

/** What is written into the file with that layout, in bytes. */
export function packedBytes(layout: ReadonlyMap<string, PackedMatrix>): number {
  return [...layout.values()].reduce((sum, { weights, scales }) => sum + weights.bytes + scales.bytes, 0);
}

/** How long the file is, with the gaps in it. */
export function packedFileBytes(layout: ReadonlyMap<string, PackedMatrix>): number {
  const last = [...layout.values()].at(-1)?.scales;
  return last ? last.offset + last.bytes : 0;
}

/** Blocks packed between two looks at the signal: a few milliseconds of work. */
const blocksAtOnce = 2 ** 15;

/** Writes the packed matrices; `step` is called with the bytes that each piece took and may throw. */
export async function writePacked(
  tensors: readonly GgufTensor[],
  layout: ReadonlyMap<string, PackedMatrix>,
  path: string,
  step: (bytes: number) => void,
): Promise<void> {
  const target = await open(path, 'wx');
  try {
    for (const tensor of tensors) {
      const matrix = layout.get(tensor.name);
      if (matrix) await writeMatrix(tensor, matrix, target, step);
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

async function writeMatrix(
  tensor: GgufTensor,
  { bits, weights, scales }: PackedMatrix,
  target: Awaited<ReturnType<typeof open>>,
  step: (bytes: number) => void,
): Promise<void> {
  const { bytes } = packable[tensor.type]!;
  const total = scales.bytes / 4;
  const blocks = new Uint8Array(blocksAtOnce * bytes);
  const source = await open(tensor.file);
  try {
    for (let from = 0; from < total; from += blocksAtOnce) {
      const count = Math.min(blocksAtOnce, total - from);
      const { bytesRead } = await source.read(blocks, 0, count * bytes, tensor.offset + from * bytes);
      if (bytesRead < count * bytes) throw new Error(`the model's file was cut off while it was read`);
      const packed = pack(blocks, count, bits, bytes);
      await target.write(packed.weights, 0, packed.weights.length, weights.offset + from * 4 * bits);
      await target.write(new Uint8Array(packed.scales.buffer), 0, 4 * count, scales.offset + from * 4);
      step(count * (4 * bits + 4));
    }
  } finally {
    await source.close();
  }
}

function pack(source: Uint8Array, count: number, bits: 4 | 8, bytes: number) {
  const weights = new Uint8Array(count * 4 * bits);
  const scales = new Float32Array(count);
  for (let block = 0; block < count; block++) {
    const at = block * bytes;
    scales[block] = halfToFloat(source[at]! | (source[at + 1]! << 8));
    const from = at + 2;
    const to = block * 4 * bits;
    if (bits === 8) {
      // Signed there, unsigned around 128 here.
      for (let i = 0; i < 32; i++) weights[to + i] = source[from + i]! ^ 128;
      continue;
    }
    // A byte holds weights i and i + 16 there, neighbours here.
    const weight = (i: number) => (i < 16 ? source[from + i]! & 15 : source[from + i - 16]! >> 4);
    for (let i = 0; i < 16; i++) weights[to + i] = weight(2 * i) | (weight(2 * i + 1) << 4);
  }
  return { weights, scales };
}
