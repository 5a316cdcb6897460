import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { WhenceError } from '../core/errors';
import { partialName } from '../engine/partial';
import type { Tensor } from '../engine/tensor';

/**
 * Writes fp32 tensors as a safetensors file: the length of a JSON header, the header, then the values. Whole or not at
 * all: it is written beside its place, then moved there; only what is no file, as a pipe, is written where it is.
 *
 * @throws WhenceError `storage` when the place cannot be written
 */
export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  const found = await stat(path).catch(() => null);
  const place = found === null || found.isFile() ? partialName(path) : path;
  try {
    const file = await open(place, 'w');
    try {
      await writeAll(file, tensors);
    } finally {
      await file.close();
    }
    if (place !== path) await rename(place, path);
  } catch (thrown) {
    if (place !== path) await rm(place, { force: true });
    const reason = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    const message = `${path} cannot be written (${reason}): choose another place for --out.`;
    throw new WhenceError('storage', message, { cause: thrown });
  }
}

/** `writeFile` goes on where the system takes only a part at a time, as it does of more than 2 GB. */
async function writeAll(file: FileHandle, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  await file.writeFile(headerOf(tensors));
  for (const { data } of tensors.values()) {
    await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
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
