import { join } from 'node:path';
import { configLimits, readText } from '../json';
import { foldersIn, modelsBelow } from './folders';

/** GGUF files lie at most in a folder of their own within a repository. */
const deepest = 1;

/** The models in the snapshot in use of every repository in a Hugging Face cache; none where there is no cache. */
export async function huggingFaceModels(cache: string): Promise<readonly string[]> {
  const models: string[] = [];
  for (const name of await foldersIn(cache)) {
    if (name.startsWith('models--')) models.push(...(await inUse(join(cache, name))));
  }
  return models;
}

/** Those of the snapshot that `refs/main` names, else of the first one that holds a model. */
async function inUse(repository: string): Promise<readonly string[]> {
  const main = await readText(join(repository, 'refs', 'main'), configLimits, 'model-broken').catch(() => '');
  const names = await foldersIn(join(repository, 'snapshots'));
  const inOrder = [...names.filter((name) => name === main.trim()), ...names];
  for (const name of inOrder) {
    const models = await modelsBelow(join(repository, 'snapshots', name), deepest);
    if (models.length > 0) return models;
  }
  return [];
}
