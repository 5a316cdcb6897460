import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { WhenceError } from '../../core/errors';
import type { WeightTensor } from './checkpoint';
import { unreadable } from './files';
import { checkIsFile, fetchAgain, isObject, type JsonObject, parseJson } from './json';

/** The format's own limit for a header. */
const maxHeaderBytes = 100_000_000;
/** Mixtures of experts with one tensor for each expert's matrix have some ten thousands. */
const maxTensors = 200_000;
const maxNameLength = 1024;
const maxRank = 8;
const maxHeaderDepth = 4;
/** Length of the number that precedes the header. */
const lengthBytes = 8;

/** Bytes of an element. Only the first three are weights that the graphs can point at. */
const elementBytes: Readonly<Record<string, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
};

/**
 * Reads the header of a safetensors file (https://github.com/huggingface/safetensors, "Format"): eight bytes of
 * length, a JSON object of tensors, then their bytes without gaps. Everything it says is checked against the file;
 * the weights themselves are not read. `file` has its links resolved; `name` is what the file is called in errors, as
 * the blobs of the Hugging Face cache have hashes for names. Tensors that are no weights (index buffers, masks) are
 * left out; a weight in a precision that is not supported is an error.
 */
export async function readSafetensors(file: string, name = basename(file)): Promise<WeightTensor[]> {
  try {
    await checkIsFile(file, 'model-broken', name);
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const length = await readExactly(handle, 0, lengthBytes, size, name);
      const headerBytes = length.readBigUInt64LE(0);
      if (headerBytes > maxHeaderBytes) throw broken(`\`${name}\` begins with no safetensors header`);
      const header = await readExactly(handle, lengthBytes, Number(headerBytes), size, name);
      const limits = { bytes: maxHeaderBytes, depth: maxHeaderDepth };
      const entries = parseJson(header.toString('utf8'), name, limits, 'model-broken');
      return readEntries(entries, { file, name, first: lengthBytes + Number(headerBytes), size });
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw cause instanceof WhenceError ? cause : unreadable(file, cause);
  }
}

interface Place {
  readonly file: string;
  readonly name: string;
  /** Position of the first byte after the header. */
  readonly first: number;
  /** Bytes of the file. */
  readonly size: number;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readEntries(header: JsonObject, place: Place): WeightTensor[] {
  const named = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (named.length > maxTensors) {
    throw broken(`\`${place.name}\` lists ${named.length} tensors, more than the ${maxTensors} allowed`);
  }
  const entries = named.map(([name, value]) => readEntry(name, value, place.name));
  checkLayout(entries, place);
  const weights: WeightTensor[] = [];
  for (const { name, dtype, shape, begin, end } of entries) {
    if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') {
      weights.push({ name, dtype, shape, file: place.file, offset: place.first + begin, bytes: end - begin });
    } else if (name.endsWith('.weight')) {
      throw new WhenceError(
        'model-unsupported',
        `\`${name}\` is stored as ${dtype}; Whence reads F32, F16 and BF16. Choose the unquantised model.`,
      );
    }
  }
  return weights;
}

function readEntry(name: string, value: unknown, file: string): Entry {
  if (name.length > maxNameLength)
    throw broken(`A tensor's name in \`${file}\` is longer than ${maxNameLength}`);
  const entry = isObject(value) ? value : {};
  const { dtype, shape, data_offsets: offsets } = entry;
  const [begin = 0, end = -1] = isSizes(offsets) ? offsets : [];
  if (typeof dtype !== 'string' || !isSizes(shape) || begin > end) {
    throw broken(`\`${name}\` in \`${file}\` has no valid type, shape and place`);
  }
  if (shape.length > maxRank) throw broken(`\`${name}\` in \`${file}\` has ${shape.length} dimensions`);
  const element = elementBytes[dtype];
  if (element !== undefined) {
    const needed = shape.reduce((product, size) => product * size, element);
    if (end - begin !== needed) {
      throw broken(
        `\`${name}\` in \`${file}\` has ${end - begin} bytes, but its shape [${shape}] in ${dtype} needs ${needed}`,
      );
    }
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must lie one after another from the header to the end of the file: no gap, no overlap, nothing missing. */
function checkLayout(entries: readonly Entry[], { name, first, size }: Place): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < end) throw broken(`\`${entry.name}\` in \`${name}\` overlaps the tensor before it`);
    if (entry.begin > end) {
      throw broken(
        `The ${entry.begin - end} bytes before \`${entry.name}\` in \`${name}\` belong to no tensor`,
      );
    }
    end = entry.end;
  }
  const expected = first + end;
  if (expected > size) throw shorter(name, expected - size);
  if (expected < size) throw broken(`\`${name}\` is ${plural(size - expected)} longer than its header says`);
}

async function readExactly(
  handle: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
  size: number,
  name: string,
): Promise<Buffer> {
  if (position + length > size) throw shorter(name, position + length - size);
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw shorter(name, length - filled);
    filled += bytesRead;
  }
  return buffer;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function shorter(name: string, bytes: number): WhenceError {
  return broken(`\`${name}\` is ${plural(bytes)} shorter than its header says`);
}

function plural(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

function broken(sentence: string): WhenceError {
  return new WhenceError('model-broken', `${sentence}. ${fetchAgain}`);
}
