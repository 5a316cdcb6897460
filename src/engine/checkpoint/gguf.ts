import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { WhenceError } from '../../core/errors';
import type { Checkpoint, Outline, WeightTensor } from './checkpoint';
import { fileSize, modelName } from './files';
import { type GgufArchitecture, ggufArchitectures, tensorName } from './gguf/architectures';
import { ggufConfig } from './gguf/config';
import { blockTensors, type ExpandOptions, expandedWeights, type Progress, packWeights } from './gguf/expand';
import { broken, type GgufHeader, type GgufTensor } from './gguf/header';
import type { PackedMatrix } from './gguf/pack';
import { readGgufParts } from './gguf/parts';
import { checkTokenizerKind, type GgufTokenizer, ggufTokenizer } from './gguf/tokenizer';
import { hashFile } from './hash';
import { readSafetensors } from './safetensors';

export type { GgufTokenizer, Progress };

/** A model in one GGUF file: the checkpoint, and the tokenizer that the file carries. */
export interface GgufCheckpoint extends Checkpoint {
  /** Throws as `ggufTokenizer` does. */
  readonly readTokenizer: () => GgufTokenizer;
}

export interface GgufOptions extends Omit<ExpandOptions, 'folder'> {
  /** The folder of all expanded models; null where there is none. */
  readonly folder: string | null;
  /** Where hashes of files are kept; null for nowhere. */
  readonly storage: string | null;
  /** Called with the outline before anything is hashed or expanded; what it throws is thrown. */
  readonly check?: (outline: Outline) => void;
}

/** Tensors that hold no weights of the model: they are read into the configuration. */
const configuring = /^rope_(freqs|factors_long|factors_short)\.weight$/;

/**
 * Opens a GGUF file of llama.cpp, LM Studio or Ollama. Float tensors are used where they lie; block-quantised ones are
 * expanded once into `options.folder`. Throws a `WhenceError`: `model-missing`, `model-broken`, `model-unsupported`,
 * `storage`, `cancelled`.
 */
export async function openGguf(path: string, options: GgufOptions): Promise<GgufCheckpoint> {
  const { header, architecture, config } = await readGgufConfig(path);
  options.check?.({ path, config, tensors: outlined(header, architecture) });
  let digest: string | null = null;
  const sha256 = async (signal?: AbortSignal) => {
    digest ??= await hashOf(header.files, options.storage, signal);
    return digest;
  };
  const located = await locate(header, sha256, options);
  const tensors = renamed(path, architecture, located.tensors);
  const packed = new Map<string, PackedMatrix>();
  for (const [name, matrix] of located.packed) packed.set(tensorName(architecture, name)!, matrix);
  const pack = async (signal?: AbortSignal) => {
    const folder = expansionFolder(options.folder, header.path);
    await packWeights(header, await sha256(signal), { ...options, folder, signal });
  };
  const readTokenizer = () => ggufTokenizer(header);
  return { path, folder: dirname(header.path), config, tensors, packed, pack, sha256, readTokenizer };
}

/** What a GGUF file says of its model, read without its weights. */
export interface GgufOutline extends Outline {
  /** Of all its parts. */
  readonly bytes: number;
}

/** Reads a GGUF file's outline, with block-quantised tensors as they would be when expanded. Throws as `openGguf` does. */
export async function outlineGguf(path: string): Promise<GgufOutline> {
  const { header, architecture, config } = await readGgufConfig(path);
  checkTokenizerKind(header);
  const sizes = await Promise.all(header.files.map(fileSize));
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return { path, config, tensors: outlined(header, architecture), bytes };
}

function outlined(header: GgufHeader, architecture: GgufArchitecture): Outline['tensors'] {
  const blocks = new Set(blockTensors(header));
  const tensors = [...header.tensors.values()].map((tensor): WeightTensor => {
    if (!blocks.has(tensor)) return floatTensor(tensor);
    return floatTensor({ ...tensor, type: 'F32', bytes: 4 * tensor.shape.reduce((a, b) => a * b, 1) });
  });
  return renamed(header.path, architecture, tensors);
}

async function readGgufConfig(path: string) {
  const header = await readGgufParts(path);
  const architecture = architectureOf(header);
  return { header, architecture, config: ggufConfig(header, architecture) };
}

/** The tensors under the names that `transformers` gives them. */
function renamed(
  path: string,
  architecture: GgufArchitecture,
  tensors: readonly WeightTensor[],
): ReadonlyMap<string, WeightTensor> {
  const byName = new Map<string, WeightTensor>();
  for (const tensor of tensors) {
    if (configuring.test(tensor.name)) continue;
    const name = tensorName(architecture, tensor.name);
    if (name === null) {
      throw new WhenceError(
        'model-unsupported',
        `${path} has a tensor ${tensor.name}, which Whence does not know; choose another model.`,
      );
    }
    byName.set(name, { ...tensor, name });
  }
  return byName;
}

/** The hash of one file is its own; that of several is the hash of theirs. */
async function hashOf(
  files: readonly string[],
  storage: string | null,
  signal?: AbortSignal,
): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) hashes.push(await hashFile(file, storage, signal));
  return hashes.length === 1 ? hashes[0]! : createHash('sha256').update(hashes.join('\n')).digest('hex');
}

function architectureOf(header: GgufHeader): GgufArchitecture {
  const name = header.metadata.get('general.architecture');
  if (typeof name !== 'string') throw broken(header.path, 'it does not say its general.architecture');
  const architecture = ggufArchitectures.get(name);
  if (architecture) return architecture;
  const known = [...ggufArchitectures.keys()].join(', ');
  throw new WhenceError(
    'model-unsupported',
    `${header.path} is a model of the architecture "${name}"; from GGUF files Whence reads ${known}.`,
  );
}

/** Every tensor as one that graphs can point at, still under its name in the file. */
async function locate(
  header: GgufHeader,
  sha256: (signal?: AbortSignal) => Promise<string>,
  options: GgufOptions,
): Promise<{ tensors: WeightTensor[]; packed: ReadonlyMap<string, PackedMatrix> }> {
  const blocks = blockTensors(header);
  const expanded = new Map<string, WeightTensor>();
  let packed: ReadonlyMap<string, PackedMatrix> = new Map();
  if (blocks.length > 0) {
    const expansion = await expandedWeights(header, await sha256(options.signal), {
      ...options,
      folder: expansionFolder(options.folder, header.path),
    });
    for (const tensor of await readSafetensors(expansion.weights)) expanded.set(tensor.name, tensor);
    packed = expansion.packed;
  }
  const tensors = [...header.tensors.values()].map(
    (tensor) => expanded.get(tensor.name) ?? floatTensor(tensor),
  );
  return { tensors, packed };
}

/** A tensor that is stored in floats, as it lies. */
function floatTensor({ name, type, shape, file, offset, bytes }: GgufTensor): WeightTensor {
  return { name, dtype: type as WeightTensor['dtype'], shape, file, offset, bytes };
}

function expansionFolder(folder: string | null, path: string): string {
  if (folder !== null) return folder;
  throw new WhenceError(
    'storage',
    `\`${modelName(path)}\` is quantised and has to be expanded once, but there is no folder that Whence can write to; free its storage folder or choose an unquantised model.`,
  );
}
