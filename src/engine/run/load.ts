import { cancelled } from '../../core/errors';
import type { ModelInfo } from '../../core/model';
import type { Checkpoint, Outline } from '../checkpoint/checkpoint';
import { ollamaName } from '../checkpoint/discovery/ollama';
import { modelName } from '../checkpoint/files';
import { availableMemory } from '../checkpoint/memory';
import { noTokenizer } from '../checkpoint/noTokenizer';
import { type OpenOptions, openModel } from '../checkpoint/open';
import { architectureName } from '../compile/architecture';
import { type Program, programOf } from '../compile/graphs';
import type { Model } from '../model';
import { LoadedModel } from './loaded';
import { checkRoom } from './room';

export interface LoadOptions extends Partial<Omit<OpenOptions, 'signal' | 'check'>> {
  /** Threads that a run may use; 0 leaves it to onnxruntime: one for each core. */
  readonly threads: number;
  /** False for work on token ids alone, which needs no tokenizer on disk. */
  readonly tokenizer?: boolean;
  /** Bytes of memory that there are for it; those that are free without it. */
  readonly memory?: number;
  /** Called with a sentence where the model does not fit into them and runs slowly. */
  readonly warn?: (sentence: string) => void;
}

/**
 * Opens a model folder or a GGUF file and makes it ready to run; weights stay on disk, mapped when the first graph needs them.
 * Throws a `WhenceError`: `model-missing`, `model-broken`, `model-unsupported`, `tokenizer-mismatch`,
 * `storage`, `out-of-memory`, `cancelled`.
 */
export async function loadModel(path: string, options: LoadOptions, signal?: AbortSignal): Promise<Model> {
  const id = (await ollamaName(path)) ?? modelName(path);
  const available = options.memory ?? availableMemory();
  // Hashing and expanding take minutes and gigabytes of disk: what does not fit is refused before.
  let warning: string | null = null;
  const check = (outline: Outline) => {
    warning = checkRoom(id, programOf(outline), available);
    if (warning !== null) options.warn?.(warning);
  };
  const { checkpoint, tokenizer: read } = await openModel(path, { storage: null, ...options, check, signal });
  if (signal?.aborted) throw cancelled();
  const program = programOf(checkpoint);
  const rows = program.architecture.vocabularySize;
  const tokenizer = options.tokenizer === false ? noTokenizer() : await read(rows);
  const info = { ...infoOf(id, checkpoint, program, await checkpoint.sha256(signal)), warning };
  return new LoadedModel(info, tokenizer, program, options.threads, options.memory);
}

function infoOf(
  id: string,
  checkpoint: Checkpoint,
  { architecture }: Program,
  sha256: string,
): Omit<ModelInfo, 'warning'> {
  const sizes = [...checkpoint.tensors.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const { layers, heads, hiddenSize, vocabularySize, contextLength, hasMlp, neurons } = architecture;
  return {
    id,
    path: checkpoint.path,
    sha256,
    architecture: architectureName(checkpoint.config),
    parameters: sizes.reduce((a, b) => a + b, 0),
    precision: 'fp32',
    layers,
    heads,
    hiddenSize,
    vocabularySize,
    contextLength,
    hasMlp,
    neurons,
  };
}
