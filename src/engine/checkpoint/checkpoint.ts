import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { WhenceError } from '../../core/errors';
import { fileSize, modelName, unreadable } from './files';
import type { PackedMatrix } from './gguf/pack';
import { hashFiles } from './hash';
import { configLimits, fetchAgain, isObject, type JsonObject, readJson } from './json';
import { readSafetensors } from './safetensors';

/** A tensor of a weight file, named and located but not read: the graphs point at it where it lies. */
export interface WeightTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** Absolute path of the file that holds it, with every link resolved. */
  readonly file: string;
  /** Position of its first byte in that file. */
  readonly offset: number;
  readonly bytes: number;
}

/** A model as it lies on disk: its configuration and the places of its weights. */
export interface Checkpoint {
  /** Absolute path of the folder or file it was opened from, as the user gave it. */
  readonly path: string;
  /** Absolute path of the folder that holds `config.json` and the tokenizer. */
  readonly folder: string;
  /** `config.json` as it stands, unchecked. */
  readonly config: JsonObject;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** Matrices that can also be multiplied as the file quantises them, by name: what is faster, and rounds. */
  readonly packed?: ReadonlyMap<string, PackedMatrix>;
  /** Makes the file that `packed` points into, where it is not there yet. Throws `storage`, `cancelled`. */
  readonly pack?: (signal?: AbortSignal) => Promise<void>;
  /**
   * SHA-256 over the weight files, `config.json` and `tokenizer.json`, as hex. Computed once, at the first call; the
   * hashes of unchanged files are taken from the storage folder. An aborted call throws `cancelled()`.
   */
  sha256(signal?: AbortSignal): Promise<string>;
}

/** What a model's headers say of it, read without its weights. */
export type Outline = Pick<Checkpoint, 'path' | 'config' | 'tensors'>;

const weightFile = 'model.safetensors';
const weightIndex = 'model.safetensors.index.json';

/** A listing of tens of thousands of tensors has a few megabytes. */
const indexLimits = { bytes: 64 << 20, depth: 4 };
const maxShards = 10_000;

/**
 * Opens a model folder: reads its configuration and the headers of its weight files, and checks both. `storage` is a
 * folder for the hashes of files, null for none. Throws a `WhenceError`: `model-missing`, `model-broken` or
 * `model-unsupported`.
 */
export async function openCheckpoint(path: string, storage: string | null = null): Promise<Checkpoint> {
  await checkFolder(path);
  const config = await readJson(join(path, 'config.json'), configLimits, 'model-broken');
  const files = await weightFiles(path);
  const tensors = new Map<string, WeightTensor>();
  for (const name of files) {
    const file = await realpath(join(path, name)).catch((cause) =>
      Promise.reject(missing(path, name, cause)),
    );
    for (const tensor of await readSafetensors(file, name)) {
      if (tensors.has(tensor.name)) {
        throw new WhenceError('model-broken', `\`${tensor.name}\` stands in two weight files. ${fetchAgain}`);
      }
      tensors.set(tensor.name, tensor);
    }
  }
  let digest: string | null = null;
  return {
    path,
    folder: path,
    config,
    tensors,
    async sha256(signal) {
      digest ??= await hashFiles(path, [...files, 'config.json', 'tokenizer.json'], storage, signal);
      return digest;
    },
  };
}

/** The names of the weight files in a model folder, in the order of their names. */
export async function weightFiles(folder: string): Promise<string[]> {
  if ((await fileSize(join(folder, weightIndex))) === null) return [weightFile];
  const index = await readJson(join(folder, weightIndex), indexLimits, 'model-broken');
  const map = index.weight_map;
  const files = isObject(map) ? [...new Set(Object.values(map))] : [];
  const valid = files.filter((file) => typeof file === 'string' && /^[^/\\]+\.safetensors$/.test(file));
  if (valid.length === 0 || valid.length < files.length || files.length > maxShards) {
    throw new WhenceError('model-broken', `\`${weightIndex}\` does not list the weight files. ${fetchAgain}`);
  }
  return (valid as string[]).sort();
}

/** Whether a folder has safetensors weights, or a listing of them. */
export async function hasWeights(folder: string): Promise<boolean> {
  const sizes = await Promise.all([weightFile, weightIndex].map((name) => fileSize(join(folder, name))));
  return sizes.some((size) => size !== null);
}

/** Says in a sentence why a path is no model folder, when it is none. */
async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch((cause) => Promise.reject(unreadable(path, cause)));
  if (found.isFile()) {
    throw extname(path).toLowerCase() === '.gguf'
      ? new WhenceError('model-unsupported', `\`${modelName(path)}\` is a GGUF file, no folder.`)
      : new WhenceError(
          'model-missing',
          `\`${modelName(path)}\` is a file. Choose the folder that holds the model: \`${dirname(path)}\`, perhaps.`,
        );
  }
  const names = await readdir(path).catch((cause) => Promise.reject(unreadable(path, cause)));
  const name = modelName(path);
  if (!names.includes('config.json')) {
    if (names.some((file) => file.toLowerCase().endsWith('.gguf'))) {
      throw new WhenceError(
        'model-unsupported',
        `\`${name}\` is no model folder but holds GGUF files. Choose one of the files.`,
      );
    }
    throw new WhenceError(
      'model-missing',
      `\`${name}\` is no model folder: it has no \`config.json\`. Choose a folder with \`config.json\`, ` +
        `\`${weightFile}\` and \`tokenizer.json\`.`,
    );
  }
  if (names.includes(weightFile) || names.includes(weightIndex)) return;
  const other = names.find(
    (file) => /\.(bin|pth?|h5|msgpack|ckpt)$/.test(file) && file !== 'training_args.bin',
  );
  if (other === undefined) throw missing(path, weightFile);
  throw new WhenceError(
    'model-unsupported',
    `\`${name}\` has its weights in \`${other}\`; Whence reads safetensors only. ` +
      `Choose a model that has \`${weightFile}\`.`,
  );
}

function missing(folder: string, name: string, cause?: unknown): WhenceError {
  return new WhenceError(
    'model-missing',
    `\`${modelName(folder)}\` has no \`${name}\`. Fetch the model again, or choose another model.`,
    { cause },
  );
}
