import * as path from 'node:path';
import { WhenceError } from '../../core/errors';
import type { Checkpoint, WeightTensor } from '../checkpoint/checkpoint';
import { type PackedMatrix, packedBytes } from '../checkpoint/gguf/pack';

/** A checkpoint's tensors as graphs refer to them: by name, checked against the shape that the architecture expects. */
export class Weights {
  /** The folder that external initializers are located from: the deepest one that holds every weight file. */
  readonly folder: string;
  private isPacked = false;

  constructor(private readonly checkpoint: Pick<Checkpoint, 'path' | 'tensors' | 'packed' | 'pack'>) {
    const folders = [...new Set([...checkpoint.tensors.values()].map(({ file }) => path.dirname(file)))];
    this.folder = folders.reduce(commonFolder, folders[0] ?? '');
  }

  get tensors(): Iterable<WeightTensor> {
    return this.checkpoint.tensors.values();
  }

  has(name: string): boolean {
    return this.checkpoint.tensors.has(name);
  }

  /** Throws `model-broken` when the tensor is missing or has another shape. */
  find(name: string, shape: readonly number[]): WeightTensor {
    const tensor = this.checkpoint.tensors.get(name);
    if (!tensor) {
      throw new WhenceError(
        'model-broken',
        `${this.checkpoint.path} has no tensor ${name}; the download may be incomplete, or config.json belongs to another model.`,
      );
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw new WhenceError(
        'model-broken',
        `${name} in ${this.checkpoint.path} has the shape [${tensor.shape}] where its config.json implies [${shape}]; the two do not belong together.`,
      );
    }
    return tensor;
  }

  /** Whether there are matrices that can be multiplied as their file quantises them. */
  get quantised(): boolean {
    return (this.checkpoint.packed?.size ?? 0) > 0;
  }

  /** Bytes of all of these. */
  get packedBytes(): number {
    return packedBytes(this.checkpoint.packed ?? new Map());
  }

  /** Writes them in the order that kernels read, if that was never done: graphs that multiply them need it. */
  async pack(signal?: AbortSignal): Promise<void> {
    if (!this.quantised || this.isPacked) return;
    await this.checkpoint.pack?.(signal);
    this.isPacked = true;
  }

  /** A matrix as its file quantises it; null where there is no such form. */
  packed(name: string): PackedMatrix | null {
    return this.checkpoint.packed?.get(name) ?? null;
  }

  /** A file relative to `folder`, with forward slashes as ONNX wants them. */
  locate({ file }: { readonly file: string }): string {
    return path.relative(this.folder, file).split(path.sep).join('/');
  }
}

function commonFolder(a: string, b: string): string {
  let folder = a;
  while (path.relative(folder, b).startsWith('..') || path.isAbsolute(path.relative(folder, b))) {
    const parent = path.dirname(folder);
    if (parent === folder) {
      throw new WhenceError('model-unsupported', `The weight files lie on different drives: ${a} and ${b}.`);
    }
    folder = parent;
  }
  return folder;
}
