import { join } from 'node:path';
import { asWhenceError } from '../../../core/errors';
import type { FoundModel } from '../../../core/model';
import { architectureName, describe } from '../../compile/architecture';
import { type Outline, openCheckpoint, weightFiles } from '../checkpoint';
import { fileSize, modelName } from '../files';
import { outlineGguf } from '../gguf';
import type { JsonObject } from '../json';
import { availableMemory, memoryNeed } from '../memory';
import { configOf } from './folders';

/** What there is to say of a model before it is loaded: configuration and headers are read, no weights. */
export async function inspect(
  path: string,
  origin: FoundModel['origin'],
  id = modelName(path),
): Promise<FoundModel> {
  const file = await fileSize(path);
  const about = { id, path, origin };
  const found = { ...about, memoryNeeded: null, fits: null };
  let bytes = file ?? 0;
  let architecture = 'unknown';
  try {
    if (file === null) {
      // A broken folder still says what it was to be.
      architecture = architectureName((await configOf(path)) ?? ({} as JsonObject));
      bytes = await weightBytes(path);
    }
    const gguf = file === null ? null : await outlineGguf(path);
    const outline: Outline = gguf ?? (await openCheckpoint(path));
    architecture = architectureName(outline.config);
    bytes = gguf?.bytes ?? bytes;
    const { weights, work } = memoryNeed(describe(outline), outline.tensors.values());
    const hasTokenizer = file !== null || (await fileSize(join(path, 'tokenizer.json'))) !== null;
    const problem = hasTokenizer ? null : `\`${id}\` has no \`tokenizer.json\`. Fetch it again.`;
    const memoryNeeded = weights + work;
    const fits = memoryNeeded <= availableMemory();
    return { ...about, bytes, architecture, memoryNeeded, fits, problem };
  } catch (thrown) {
    return { ...found, bytes, architecture, problem: asWhenceError(thrown).message };
  }
}

async function weightBytes(path: string): Promise<number> {
  const files = await weightFiles(path).catch(() => []);
  const sizes = await Promise.all(files.map((file) => fileSize(join(path, file))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
