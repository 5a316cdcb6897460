import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled, WhenceError } from '../../../core/errors';
import { ensureFolder } from '../../folder';
import { partialName, removeAbandoned } from '../../partial';
import { type BlockFormat, blockFormats } from './blocks';
import type { GgufHeader, GgufTensor } from './header';

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

/**
 * The fp32 copies of a file's block-quantised tensors, as a safetensors file that is made once: written beside its
 * place and moved there whole, so that no half-written one is ever found. Returns its path.
 * @throws WhenceError `storage` when it does not fit on the disk or under the limit, `cancelled`.
 */
export async function expandedWeights(
  header: GgufHeader,
  sha256: string,
  options: ExpandOptions,
): Promise<string> {
  const place = join(options.folder, sha256);
  const file = join(place, 'expanded.safetensors');
  if (await exists(file)) {
    const now = new Date();
    await utimes(place, now, now).catch(() => undefined);
    return file;
  }
  await ensureFolder(options.folder).catch((cause) => Promise.reject(unwritable(options.folder, cause)));
  const tensors = blockTensors(header);
  const total = tensors.reduce((sum, { shape }) => sum + 4 * size(shape), 0);
  await removeAbandoned(options.folder);
  await makeRoom(options, total);
  const half = partialName(place);
  try {
    await mkdir(half);
    await write(tensors, join(half, 'expanded.safetensors'), total, options);
    await rename(half, place).catch(async (cause) => {
      // Another process was faster: its copy is as good.
      if (!(await exists(file))) throw cause;
    });
    return file;
  } catch (cause) {
    throw cause instanceof WhenceError ? cause : unwritable(options.folder, cause);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function write(
  tensors: readonly GgufTensor[],
  path: string,
  total: number,
  { progress, signal }: ExpandOptions,
): Promise<void> {
  const target = await open(path, 'wx');
  try {
    await target.write(safetensorsHeader(tensors));
    let done = 0;
    let shown = Date.now();
    for await (const part of allParts(tensors)) {
      if (signal?.aborted) throw cancelled();
      await target.write(new Uint8Array(part.buffer, 0, part.byteLength));
      done += part.byteLength;
      if (done === total || Date.now() - shown >= progressMilliseconds) {
        shown = Date.now();
        progress?.(done, total);
      }
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

async function makeRoom({ folder, limitBytes }: ExpandOptions, needed: number): Promise<void> {
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
    await rm(model.path, { recursive: true, force: true });
    held -= model.bytes;
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
  const [folder, file] = await Promise.all([
    stat(path).catch(() => null),
    stat(join(path, 'expanded.safetensors')).catch(() => null),
  ]);
  return { path, bytes: file?.size ?? 0, used: folder?.mtimeMs ?? 0 };
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
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
