import { open, rename, rm } from 'node:fs/promises';
import { WhenceError } from '../core/errors';
import type { Tensor } from '../engine/tensor';

/**
 * Writes fp32 tensors as a safetensors file: the length of a JSON header, the header, then the values. Whole or not at
 * all: it is written beside its place, then moved there.
 *
 * @throws WhenceError `storage` when the place cannot be written
 */
export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.write(headerOf(tensors));
      for (const { data } of tensors.values()) {
        await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (thrown) {
    await rm(partial, { force: true });
    const reason = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    throw new WhenceError(
      'storage',
      `${path} cannot be written (${reason}): choose another place for --out.`,
      {
        cause: thrown,
      },
    );
  }
}

/** Padded with spaces to a multiple of eight bytes, so that the values are aligned. */
function headerOf(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const entries: Record<string, { dtype: 'F32'; shape: readonly number[]; data_offsets: [number, number] }> =
    {};
  let end = 0;
  for (const [name, { dims, data }] of tensors) {
    entries[name] = { dtype: 'F32', shape: dims, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(entries));
  const length = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}
