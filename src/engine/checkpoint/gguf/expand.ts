import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled, WhenceError } from '../../../core/errors';
import { ensureFolder } from '../../folder';
import { partialName, removeAbandoned } from '../../partial';
import { fileSize } from '../files';
import { type BlockFormat, blockFormats } from './blocks';
import type { GgufHeader, GgufTensor } from './header';
import { type PackedMatrix, packedBytes, packedFileBytes, packedLayout, writePacked } from './pack';

/** How expanding went so far: called a few times a second at most, and at the end. */
export type Progress = (doneBytes: number, totalBytes: number) => void;

export interface ExpandOptions {
  /** The folder of all expanded models; each has a folder of its own in it, named by the hash of its file. */
  readonly folder: string;
  /** What the folder may hold in bytes; the models not used for longest are removed to make room. */
  readonly limitBytes: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

const expandedName = 'expanded.safetensors';
const packedName = 'packed.bin';
/** Room left on the disk beside what the expanded weights need. */
const spareBytes = 256 * 2 ** 20;
const progressMilliseconds = 200;
/** Weights expanded between two looks at the signal: a few milliseconds of work. */
const weightsAtOnce = 2 ** 20;

const formats = new Map([...blockFormats.values()].map((format) => [format.name, format]));

/** The tensors of a file that are stored in blocks, in the order in which they lie. */
export function blockTensors(header: GgufHeader): GgufTensor[] {
  const place = ({ file }: GgufTensor) => header.files.indexOf(file);
  return [...header.tensors.values()]
    .filter(({ type }) => formats.has(type))
    .sort((a, b) => place(a) - place(b) || a.offset - b.offset);
}

/** What is made of a file's block-quantised tensors. */
export interface Expansion {
  /** Path of a safetensors file with fp32 copies of all of them. */
  readonly weights: string;
  /** Those that can also be multiplied as they are, by name: in a file that `packWeights` makes. */
  readonly packed: ReadonlyMap<string, PackedMatrix>;
}

/**
 * The fp32 copies of a file's block-quantised tensors: made once, written beside their place and moved there whole, so that
 * nothing half-written is ever found.
 * @throws WhenceError `storage` when it does not fit on the disk or under the limit, `cancelled`.
 */
export async function expandedWeights(
  header: GgufHeader,
  sha256: string,
  options: ExpandOptions,
): Promise<Expansion> {
  const place = join(options.folder, sha256);
  const file = join(place, expandedName);
  const tensors = blockTensors(header);
  const packed = packedLayout(tensors, join(place, packedName));
  const complete = () => isExpansion(file, tensors);
  if (await complete()) {
    const now = new Date();
    await utimes(place, now, now).catch(() => undefined);
    return { weights: file, packed };
  }
  await ensureFolder(options.folder).catch((cause) => Promise.reject(unwritable(options.folder, cause)));
  const total = tensors.reduce((sum, { shape }) => sum + 4 * size(shape), 0);
  const half = partialName(place);
  try {
    await removeAbandoned(options.folder);
    await makeRoom(options, total);
    await mkdir(half);
    const step = progressOf(total, options);
    await write(tensors, join(half, expandedName), step);
    if (!(await complete())) await rm(place, { recursive: true, force: true });
    await rename(half, place).catch(async (cause) => {
      // Another process was faster: its copy is as good.
      if (!(await complete())) throw cause;
    });
    return { weights: file, packed };
  } catch (cause) {
    throw cause instanceof WhenceError ? cause : unwritable(options.folder, cause);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/**
 * Writes a file's quantised matrices in the order that kernels read, beside their fp32 copies: once, and whole or not at all.
 * @throws WhenceError `storage` when it does not fit on the disk or under the limit, `cancelled`.
 */
export async function packWeights(header: GgufHeader, sha256: string, options: ExpandOptions): Promise<void> {
  const place = join(options.folder, sha256);
  const file = join(place, packedName);
  const tensors = blockTensors(header);
  const packed = packedLayout(tensors, file);
  if ((await fileSize(file)) === packedFileBytes(packed)) return;
  const total = packedBytes(packed);
  const half = partialName(place);
  try {
    await removeAbandoned(options.folder);
    await makeRoom(options, total, place);
    await writePacked(tensors, packed, half, progressOf(total, options));
    await rename(half, file);
  } catch (cause) {
    throw cause instanceof WhenceError ? cause : unwritable(options.folder, cause);
  } finally {
    await rm(half, { force: true });
  }
}

/** What to call with the bytes of every piece that was written: shows how far it is, and throws when it is given up. */
function progressOf(total: number, { progress, signal }: ExpandOptions): (bytes: number) => void {
  let done = 0;
  let shown = Date.now();
  return (bytes) => {
    if (signal?.aborted) throw cancelled();
    done += bytes;
    if (done < total && Date.now() - shown < progressMilliseconds) return;
    shown = Date.now();
    progress?.(done, total);
  };
}

async function write(
  tensors: readonly GgufTensor[],
  path: string,
  step: (bytes: number) => void,
): Promise<void> {
  const target = await open(path, 'wx');
  try {
    await target.write(safetensorsHeader(tensors));
    for await (const part of allParts(tensors)) {
      await target.write(new Uint8Array(part.buffer, 0, part.byteLength));
      step(part.byteLength);
    }
    await target.sync();
  } finally {
    await target.close();
  }
}

/** The weights of every tensor, file by file. */
async function* allParts(tensors: readonly GgufTensor[]): AsyncGenerator<Float32Array> {
  for (const file of new Set(tensors.map((tensor) => tensor.file))) {
    const source = await open(file);
    try {
      for (const tensor of tensors.filter((tensor) => tensor.file === file)) {
        yield* parts(source, tensor, formats.get(tensor.type)!);
      }
    } finally {
      await source.close();
    }
  }
}

/** The weights of a tensor, a piece at a time; each piece is overwritten by the next. */
async function* parts(
  source: FileHandle,
  tensor: GgufTensor,
  format: BlockFormat,
): AsyncGenerator<Float32Array> {
  const blocksAtOnce = weightsAtOnce / format.weights;
  const packed = new Uint8Array(blocksAtOnce * format.bytes);
  const weights = new Float32Array(weightsAtOnce);
  for (let at = 0; at < tensor.bytes; at += packed.length) {
    const bytes = Math.min(packed.length, tensor.bytes - at);
    const { bytesRead } = await source.read(packed, 0, bytes, tensor.offset + at);
    if (bytesRead < bytes) throw new Error(`the model's file was cut off while it was read`);
    const blocks = bytes / format.bytes;
    format.expand(packed, 0, blocks, weights);
    yield weights.subarray(0, blocks * format.weights);
  }
}

function safetensorsHeader(tensors: readonly GgufTensor[]): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const start = end;
    end += 4 * size(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Blanks bring the weights to a multiple of 64 bytes, which vector instructions like.
  const length = Math.ceil((json.length + 8) / 64) * 64 - 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** Makes room for so many bytes; the model whose place is to be kept stays. */
async function makeRoom({ folder, limitBytes }: ExpandOptions, needed: number, kept?: string): Promise<void> {
  if (needed > limitBytes) {
    throw new WhenceError(
      'storage',
      `Expanding this model takes ${gigabytes(needed)}, more than the limit of ${gigabytes(limitBytes)} for expanded models; raise it (in VS Code \`whence.cacheSize\`) or choose a smaller model.`,
    );
  }
  const models = await Promise.all((await readdir(folder)).map((name) => describe(join(folder, name))));
  models.sort((a, b) => a.used - b.used);
  let held = models.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const model of models) {
    if (held + needed <= limitBytes) break;
    if (model.path === kept) continue;
    // Windows removes nothing that another process has mapped: then the next one may do.
    const removed = await rm(model.path, { recursive: true, force: true }).then(
      () => true,
      () => false,
    );
    if (removed) held -= model.bytes;
  }
  if (held + needed > limitBytes) {
    throw new WhenceError(
      'storage',
      `Expanding this model takes ${gigabytes(needed)}, and those of ${folder} that would make room for it are in use: close what uses them, or raise the limit of ${gigabytes(limitBytes)} for expanded models (in VS Code \`whence.cacheSize\`).`,
    );
  }
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed + spareBytes) {
    throw new WhenceError(
      'storage',
      `Expanding this model takes ${gigabytes(needed)}, but the disk of ${folder} has ${gigabytes(bavail * bsize)} left; free some space or choose a smaller model.`,
    );
  }
}

async function describe(path: string): Promise<{ path: string; bytes: number; used: number }> {
  const found = [path, join(path, expandedName), join(path, packedName)];
  const [folder, ...files] = await Promise.all(found.map((each) => stat(each).catch(() => null)));
  const bytes = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  return { path, bytes, used: folder?.mtimeMs ?? 0 };
}

/** Whether a file is what `write` makes of these tensors, by its length and all that it says of them: else it is made again. */
async function isExpansion(file: string, tensors: readonly GgufTensor[]): Promise<boolean> {
  const header = safetensorsHeader(tensors);
  const weights = tensors.reduce((sum, { shape }) => sum + 4 * size(shape), 0);
  if ((await fileSize(file)) !== header.length + weights) return false;
  const source = await open(file).catch(() => null);
  try {
    const found = await source?.read(Buffer.alloc(header.length), 0, header.length, 0);
    return found?.buffer.equals(header) ?? false;
  } finally {
    await source?.close();
  }
}

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function unwritable(folder: string, cause: unknown): WhenceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WhenceError('storage', `The expanded model cannot be written to ${folder}: ${reason}.`, {
    cause,
  });
}
