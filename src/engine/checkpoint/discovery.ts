import { realpath } from 'node:fs/promises';
import type { FoundModel } from '../../core/model';
import type { FindModelsParams } from '../../core/protocol';
import { modelsBelow } from './discovery/folders';
import { huggingFaceModels } from './discovery/huggingFace';
import { inspect } from './discovery/inspect';
import { lmStudioFolders } from './discovery/lmStudio';
import { ollamaModels } from './discovery/ollama';
import { placesOf, type System, thisSystem } from './discovery/places';

const maxModels = 500;

type Origin = FoundModel['origin'];

/**
 * The models on this machine: the embedded one, those in the folders that the user named, and those that Hugging Face's
 * libraries, Ollama, LM Studio, llama.cpp and GPT4All have fetched. Each is opened (configuration and headers, no weights), so
 * that a model which cannot be loaded says why. Nothing that lies on the disk makes this throw.
 */
export async function findModels(
  { embedded, folders }: FindModelsParams,
  system: System = thisSystem(),
): Promise<readonly FoundModel[]> {
  const places = placesOf(system);
  const found: FoundModel[] = [];
  const seen = new Set<string>();
  const isNew = async (path: string): Promise<boolean> => {
    const real = await realpath(path).catch(() => path);
    if (seen.has(real) || found.length >= maxModels) return false;
    seen.add(real);
    return true;
  };
  const add = async (paths: readonly string[], origin: Origin): Promise<void> => {
    for (const path of paths) if (await isNew(path)) found.push(await inspect(path, origin));
  };
  await add([embedded], 'embedded');
  for (const folder of folders) {
    const models = await modelsBelow(folder);
    // A wrong setting is shown with what is wrong.
    await add(models.length === 0 ? [folder] : models, 'folder');
  }
  await add(await huggingFaceModels(places.huggingface), 'huggingface');
  for (const store of places.ollama) {
    for (const { name, path, problem } of await ollamaModels(store)) {
      if (!(await isNew(path))) continue;
      const model = await inspect(path, 'ollama', name);
      found.push(problem === null ? model : { ...model, bytes: 0, problem });
    }
  }
  for (const folder of await lmStudioFolders(system.home, places.lmstudio))
    await add(await modelsBelow(folder), 'lmstudio');
  await add(await modelsBelow(places.llamacpp), 'llamacpp');
  for (const folder of places.gpt4all) await add(await modelsBelow(folder), 'gpt4all');
  return found;
}
