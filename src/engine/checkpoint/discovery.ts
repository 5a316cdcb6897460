import { readdir, readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { asWhenceError } from '../../core/errors';
import type { FoundModel } from '../../core/model';
import type { FindModelsParams } from '../../core/protocol';
import { architectureName, describe } from '../compile/architecture';
import { openCheckpoint, weightFiles } from './checkpoint';
import { fileSize, modelName } from './files';
import { readGgufConfig } from './gguf';
import { configLimits, type JsonObject, readJson } from './json';

/** How deep below a folder that the user named models are looked for: organisation, name, version. */
const maxDepth = 3;
/** Folders looked into below one that the user named; a home folder named by mistake ends the search, not the day. */
const maxFolders = 2000;
const maxModels = 500;

type Origin = FoundModel['origin'];

/**
 * The models on this machine: the embedded one, those in the folders that the user named, and those in the Hugging Face
 * cache. Each is opened (configuration and headers, no weights), so that a model which cannot be loaded says why.
 */
export async function findModels(
  { embedded, folders }: FindModelsParams,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly FoundModel[]> {
  const found: FoundModel[] = [];
  const seen = new Set<string>();
  const add = async (paths: readonly string[], origin: Origin): Promise<void> => {
    for (const path of paths) {
      const real = await realpath(path).catch(() => path);
      if (seen.has(real) || found.length >= maxModels) continue;
      seen.add(real);
      found.push(await inspect(path, origin));
    }
  };
  await add([embedded], 'embedded');
  for (const folder of folders) await add(await modelsBelow(folder), 'folder');
  await add(await cachedModels(hubCache(environment)), 'huggingface');
  return found;
}

/** Where `huggingface_hub` keeps its downloads. */
export function hubCache(environment: NodeJS.ProcessEnv): string {
  const direct = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  if (direct) return direct;
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(environment.HF_HOME || join(cache, 'huggingface'), 'hub');
}

async function inspect(path: string, origin: Origin): Promise<FoundModel> {
  const about = { id: modelName(path), path, origin };
  const file = await fileSize(path);
  const bytes = file ?? (await weightBytes(path));
  let architecture = architectureName((await configOf(path)) ?? {});
  try {
    if (file !== null && isGgufName(path))
      architecture = architectureName((await readGgufConfig(path)).config);
    else describe(await openCheckpoint(path));
    const hasTokenizer = file !== null || (await fileSize(join(path, 'tokenizer.json'))) !== null;
    const problem = hasTokenizer ? null : `\`${about.id}\` has no \`tokenizer.json\`. Fetch it again.`;
    return { ...about, bytes, architecture, problem };
  } catch (thrown) {
    return { ...about, bytes, architecture, problem: asWhenceError(thrown).message };
  }
}

async function weightBytes(path: string): Promise<number> {
  const files = await weightFiles(path).catch(() => []);
  const sizes = await Promise.all(files.map((file) => fileSize(join(path, file))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/**
 * The model folders and GGUF files at or below a folder, in the order of their names; the folder itself where there are none, so that
 * a wrong setting is shown with what is wrong. Links are followed, but never into a folder that was seen already.
 */
async function modelsBelow(folder: string): Promise<readonly string[]> {
  const models: string[] = [];
  const seen = new Set<string>();
  const visit = async (path: string, depth: number): Promise<void> => {
    const real = await realpath(path).catch(() => null);
    if (real === null || seen.has(real) || seen.size >= maxFolders) return;
    seen.add(real);
    if (isModel(await configOf(path)) || isGgufName(path)) {
      models.push(path);
      return;
    }
    models.push(...(await ggufFilesIn(path)));
    if (depth === maxDepth) return;
    for (const name of await foldersIn(path)) await visit(join(path, name), depth + 1);
  };
  await visit(folder, 0);
  return models.length === 0 ? [folder] : models;
}

/** The snapshot in use of every model in the Hugging Face cache; none where there is no cache. */
async function cachedModels(cache: string): Promise<readonly string[]> {
  const snapshots: string[] = [];
  for (const name of await foldersIn(cache)) {
    if (!name.startsWith('models--')) continue;
    const snapshot = await currentSnapshot(join(cache, name));
    if (snapshot !== null) snapshots.push(snapshot);
  }
  return snapshots;
}

/** What `refs/main` names, else the first snapshot that holds a model. */
async function currentSnapshot(repository: string): Promise<string | null> {
  const main = await readFile(join(repository, 'refs', 'main'), 'utf8').catch(() => '');
  const names = await foldersIn(join(repository, 'snapshots'));
  const inOrder = [...names.filter((name) => name === main.trim()), ...names];
  for (const name of inOrder) {
    const snapshot = join(repository, 'snapshots', name);
    if (isModel(await configOf(snapshot))) return snapshot;
  }
  return null;
}

/** The GGUF files in a folder; of one that comes in parts, the first. */
async function ggufFilesIn(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  return names
    .filter((name) => isGgufName(name) && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}

function isGgufName(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}

/** The visible folders in a folder, links to folders included, in the order of their names; none if it cannot be read. */
async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort();
}

async function configOf(path: string): Promise<JsonObject | null> {
  return readJson(join(path, 'config.json'), configLimits, 'model-broken').catch(() => null);
}

/** Other programs have a config.json too. */
function isModel(config: JsonObject | null): boolean {
  return config !== null && (Array.isArray(config.architectures) || typeof config.model_type === 'string');
}
