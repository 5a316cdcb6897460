import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasWeights } from '../checkpoint';
import { configLimits, type JsonObject, readJson } from '../json';

/** How deep below a folder models are looked for: organisation, name, version. */
const maxDepth = 3;
/** Folders looked into below one; a home folder named by mistake ends the search, not the day. */
const maxFolders = 2000;

/**
 * The model folders and GGUF files at or below a folder, in the order of their names. Links are followed, but never into a
 * folder that was seen already. What cannot be read holds none.
 */
export async function modelsBelow(folder: string, deepest = maxDepth): Promise<readonly string[]> {
  const models: string[] = [];
  const seen = new Set<string>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const real = await realpath(path).catch(() => null);
    if (real === null || seen.has(real) || seen.size >= maxFolders) return;
    seen.add(real);
    if (isGgufName(path)) {
      models.push(path);
      return;
    }
    const files = await ggufFilesIn(path);
    // Repositories of GGUF files often carry the configuration of the model they were made from.
    if (isModel(await configOf(path)) && (files.length === 0 || (await hasWeights(path)))) {
      models.push(path);
      return;
    }
    models.push(...files);
    if (depth === deepest) return;
    for (const name of await foldersIn(path)) await visit(join(path, name), depth + 1);
  };
  await visit(folder, 0);
  return models;
}

/** The visible folders in a folder, links to folders included, in the order of their names; none if it cannot be read. */
export async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort();
}

/** The GGUF files in a folder; of one that comes in parts, the first. Projectors of images are no models of their own. */
async function ggufFilesIn(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  return names
    .filter((name) => isGgufName(name) && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(name))
    .filter((name) => !/mmproj/i.test(name))
    .sort()
    .map((name) => join(path, name));
}

function isGgufName(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}

export async function configOf(path: string): Promise<JsonObject | null> {
  return readJson(join(path, 'config.json'), configLimits, 'model-broken').catch(() => null);
}

/** Other programs have a config.json too. */
function isModel(config: JsonObject | null): boolean {
  return config !== null && (Array.isArray(config.architectures) || typeof config.model_type === 'string');
}
