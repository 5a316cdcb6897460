import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type GGUFTensorInfo, gguf } from '@huggingface/gguf';
import { WhenceError } from '../../../core/errors';
import { blockFormats } from './blocks';

/** What a GGUF file may declare before it is refused: well above any model there is. */
const ggufLimits = {
  headerBytes: 48 * 2 ** 20,
  keys: 65_536,
  tensors: 65_536,
  dimensions: 4,
  arrayLength: 1_000_000,
  arrayDepth: 2,
  stringBytes: 8 * 2 ** 20,
} as const;

/** A tensor of a GGUF file: dimensions outermost first, as everywhere else in Whence (the file has them reversed). */
export interface GgufTensor {
  readonly name: string;
  /** `F32`, `F16`, `BF16` or a block format's name. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Path of the file that holds it. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export type GgufValue = string | number | boolean | readonly GgufValue[];

export interface GgufHeader {
  readonly path: string;
  /** The files that the model consists of. */
  readonly files: readonly string[];
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const floatTypes = new Map([
  [0, { name: 'F32', bytes: 4 }],
  [1, { name: 'F16', bytes: 2 }],
  [30, { name: 'BF16', bytes: 2 }],
]);

/**
 * The metadata and the tensors' places of a GGUF file (version 2 or 3, little-endian).
 * @throws WhenceError `model-broken` when the file contradicts itself, `model-unsupported` for types it does not know.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const fileBytes = walk(path);
  const parsed = await gguf(path, { allowLocalFile: true }).catch((cause: unknown) => {
    throw broken(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const metadata = new Map<string, GgufValue>();
  for (const [key, value] of Object.entries(parsed.metadata)) metadata.set(key, plain(value));
  const start = Number(parsed.tensorDataOffset);
  const tensors = new Map<string, GgufTensor>();
  for (const info of parsed.tensorInfos) {
    const tensor = locate(path, info, start, fileBytes);
    if (tensors.has(tensor.name)) throw broken(path, `tensor ${tensor.name} occurs twice`);
    tensors.set(tensor.name, tensor);
  }
  checkOverlap(path, tensors);
  return { path, files: [path], metadata, tensors };
}

/** Numbers of 64 bits as plain ones: none that a model uses is beyond 2^53. */
function plain(value: unknown): GgufValue {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  return value as string | number | boolean;
}

function locate(path: string, info: GGUFTensorInfo, start: number, fileBytes: number): GgufTensor {
  const shape = info.shape.map(Number).reverse();
  const weights = shape.reduce((a, b) => a * b, 1);
  const float = floatTypes.get(info.dtype);
  const block = blockFormats.get(info.dtype);
  if (!float && !block) {
    throw new WhenceError(
      'model-unsupported',
      `${path} stores ${info.name} in ggml type ${info.dtype}, which Whence cannot read; use a Q4_0 to Q8_0, Q2_K to Q6_K, F16 or F32 file of this model.`,
    );
  }
  if (shape.length === 0 || weights === 0) throw broken(path, `tensor ${info.name} is empty`);
  if (block && shape.at(-1)! % block.weights !== 0) {
    throw broken(
      path,
      `rows of ${info.name} have ${shape.at(-1)} weights, no multiple of ${block.name}'s ${block.weights}`,
    );
  }
  const bytes = float ? weights * float.bytes : (weights / block!.weights) * block!.bytes;
  const offset = start + Number(info.offset);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(bytes) || offset + bytes > fileBytes) {
    throw broken(path, `tensor ${info.name} ends at byte ${offset + bytes}, the file at ${fileBytes}`);
  }
  return { name: info.name, type: float?.name ?? block!.name, shape, file: path, offset, bytes };
}

function checkOverlap(path: string, tensors: ReadonlyMap<string, GgufTensor>): void {
  const ordered = [...tensors.values()].sort((a, b) => a.offset - b.offset);
  for (const [i, tensor] of ordered.entries()) {
    const next = ordered[i + 1];
    if (next && tensor.offset + tensor.bytes > next.offset) {
      throw broken(path, `tensors ${tensor.name} and ${next.name} overlap`);
    }
  }
}

export function broken(path: string, reason: string, cause?: unknown): WhenceError {
  return new WhenceError('model-broken', `${path} is no usable GGUF file: ${reason}. Download it again.`, {
    cause,
  });
}

/**
 * Walks the header once without keeping anything, so that the parser behind never reads past the end of the file or
 * allocates for counts that the file cannot hold. Returns the size of the file in bytes.
 */
function walk(path: string): number {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const end = Math.min(size, ggufLimits.headerBytes);
    const reader = new HeaderReader(path, file, end);
    if (end < 24 || reader.u32() !== 0x46554747) throw broken(path, 'it does not begin with "GGUF"');
    const version = reader.u32();
    if (version !== 2 && version !== 3) {
      throw new WhenceError(
        'model-unsupported',
        `${path} is GGUF version ${version}; Whence reads versions 2 and 3, little-endian.`,
      );
    }
    const tensors = reader.count('tensors', ggufLimits.tensors);
    const keys = reader.count('keys', ggufLimits.keys);
    for (let i = 0; i < keys; i++) {
      reader.string();
      reader.value(reader.u32(), 0);
    }
    for (let i = 0; i < tensors; i++) {
      reader.string();
      const dimensions = reader.u32();
      if (dimensions > ggufLimits.dimensions) throw broken(path, `a tensor has ${dimensions} dimensions`);
      reader.skip(dimensions * 8 + 4 + 8);
    }
    return size;
  } finally {
    closeSync(file);
  }
}

/** Bytes of the fixed-size value types by their number in the file; 8 is a string, 9 an array. */
const valueBytes = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);

class HeaderReader {
  private readonly window = Buffer.alloc(65_536);
  private windowStart = 0;
  private windowEnd = 0;
  private position = 0;

  constructor(
    private readonly path: string,
    private readonly file: number,
    private readonly end: number,
  ) {}

  skip(bytes: number): void {
    if (this.position + bytes > this.end)
      throw broken(this.path, `it ends within its header, at byte ${this.end}`);
    this.position += bytes;
  }

  u32(): number {
    return this.window.readUInt32LE(this.load(4));
  }

  /** A 64-bit count of things, refused above `limit`. */
  count(what: string, limit: number): number {
    const value = Number(this.window.readBigUInt64LE(this.load(8)));
    if (value > limit)
      throw broken(this.path, `it declares ${value} ${what}, more than the ${limit} allowed`);
    return value;
  }

  string(): void {
    this.skip(this.count('bytes in a string', ggufLimits.stringBytes));
  }

  value(type: number, depth: number): void {
    const bytes = valueBytes.get(type);
    if (bytes !== undefined) this.skip(bytes);
    else if (type === 8) this.string();
    else if (type === 9) this.array(depth);
    else throw broken(this.path, `it has a value of unknown type ${type}`);
  }

  private array(depth: number): void {
    if (depth === ggufLimits.arrayDepth) throw broken(this.path, 'its arrays are nested too deeply');
    const type = this.u32();
    const length = this.count('elements in an array', ggufLimits.arrayLength);
    const bytes = valueBytes.get(type);
    if (bytes !== undefined) this.skip(bytes * length);
    else for (let i = 0; i < length; i++) this.value(type, depth + 1);
  }

  /** Makes sure that the next `bytes` are in the window, moves behind them, and returns where in it they begin. */
  private load(bytes: number): number {
    const at = this.position;
    this.skip(bytes);
    if (at < this.windowStart || at + bytes > this.windowEnd) {
      this.windowStart = at;
      this.windowEnd = at + readSync(this.file, this.window, 0, this.window.length, at);
    }
    return at - this.windowStart;
  }
}
