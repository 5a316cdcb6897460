import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../../src/engine/model';
import { loadModel } from '../../../src/engine/run/load';
import {
  type LlamaConfig,
  type ReferenceCheckpoint,
  readCheckpoint,
  tinyLlama,
  writeLlama,
} from '../../reference/checkpoint';
import type { StoredType } from '../../reference/floats';

/** A random checkpoint on disk, loaded by the engine and by the reference. */
export interface TinyModel {
  readonly folder: string;
  readonly model: Model;
  readonly reference: ReferenceCheckpoint;
  dispose(): Promise<void>;
}

export async function tinyModel(
  changes: Partial<LlamaConfig> = {},
  type: StoredType = 'F32',
  seed = 1,
): Promise<TinyModel> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-tiny-'));
  writeLlama(folder, { ...tinyLlama, ...changes }, type, seed);
  const model = await loadModel(folder, { threads: 1, tokenizer: false });
  const dispose = async () => {
    await model.close();
    rmSync(folder, { recursive: true });
  };
  return { folder, model, reference: readCheckpoint(folder), dispose };
}
