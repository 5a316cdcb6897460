import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '../model';
import { type Checkpoint, type Outline, openCheckpoint } from './checkpoint';
import { modelName } from './files';
import { type GgufCheckpoint, openGguf, type Progress } from './gguf';
import { createTokenizer, openTokenizer } from './tokenizer';

/** What expanded models may take on the disk unless the user says otherwise. */
const defaultExpandedBytes = 20e9;

export interface OpenOptions {
  /** A folder for hashes of files and expanded models; null for none, and then quantised models cannot be opened. */
  readonly storage: string | null;
  /** Most bytes that expanded models may take there. */
  readonly expandedBytes?: number;
  /** How far the expansion of a quantised model is. */
  readonly progress?: Progress;
  /** Called with what the headers say before any weights are read; what it throws is thrown. */
  readonly check?: (outline: Outline) => void;
  readonly signal?: AbortSignal;
}

/** A model as it lies on disk, with a way to its tokenizer, which work on token ids does without. */
export interface OpenedModel {
  readonly checkpoint: Checkpoint;
  /** `rows` is the number of rows of the embedding. */
  readonly tokenizer: (rows: number) => Promise<Tokenizer>;
}

/** Opens what a path names: a model folder, or a GGUF file whatever its name. Throws as the two openers do. */
export async function openModel(path: string, options: OpenOptions): Promise<OpenedModel> {
  if (!(await isGguf(path))) {
    const checkpoint = await openCheckpoint(path, options.storage);
    options.check?.(checkpoint);
    return { checkpoint, tokenizer: (rows) => openTokenizer(checkpoint, rows) };
  }
  const { storage, expandedBytes = defaultExpandedBytes, progress, check, signal } = options;
  const expansion = {
    folder: storage && join(storage, 'expanded'),
    limitBytes: expandedBytes,
    progress,
    signal,
  };
  const checkpoint = await openGguf(path, { ...expansion, storage, check });
  return { checkpoint, tokenizer: async (rows) => ggufTokenizerOf(checkpoint, rows) };
}

/** Files of Ollama are named by their hash, so the first bytes decide; a name that promises more gets a better error. */
async function isGguf(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return false;
  if (path.toLowerCase().endsWith('.gguf')) return true;
  const file = await open(path).catch(() => null);
  if (!file) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'GGUF';
  } finally {
    await file.close();
  }
}

function ggufTokenizerOf({ path, config, readTokenizer }: GgufCheckpoint, rows: number): Tokenizer {
  return createTokenizer({ config, ...readTokenizer() }, rows, modelName(path));
}
