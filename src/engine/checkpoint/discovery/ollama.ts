import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asWhenceError, WhenceError } from '../../../core/errors';
import { configLimits, isObject, type JsonObject, readJson } from '../json';
import { foldersIn } from './folders';

/** A model of Ollama: its name as `ollama list` has it, and the GGUF file it runs. */
export interface OllamaModel {
  readonly name: string;
  /** The blob; the manifest where that leads to none. */
  readonly path: string;
  /** Null, or why there is nothing to load. */
  readonly problem: string | null;
}

/** Since Ollama 0.40 the first; the second stays beside it for older ones. Entries of the first hold. */
const manifestFolders = ['manifests-v2', 'manifests'];
const publicHosts = new Set(['registry.ollama.ai', 'ollama.com']);
const maxManifests = 1000;

const listType = 'application/vnd.ollama.manifest.list.v2+json';
const weightsType = 'application/vnd.ollama.image.model';
const adapterType = 'application/vnd.ollama.image.adapter';

/** The models of a store, a folder with `manifests/HOST/NAMESPACE/MODEL/TAG` and `blobs`; none where there is no store. */
export async function ollamaModels(store: string): Promise<readonly OllamaModel[]> {
  const models = new Map<string, OllamaModel>();
  for (const { name, file } of await manifests(store)) {
    if (models.has(name)) continue;
    try {
      models.set(name, { name, path: await weightsOf(store, name, file), problem: null });
    } catch (thrown) {
      models.set(name, { name, path: file, problem: asWhenceError(thrown).message });
    }
  }
  return [...models.values()];
}

/** What people call the model in a blob of Ollama's; null for other paths, and for blobs that no manifest names. */
export async function ollamaName(path: string): Promise<string | null> {
  const folder = dirname(path);
  if (basename(folder) !== 'blobs' || !/^sha256-[0-9a-f]{64}$/.test(basename(path))) return null;
  const models = await ollamaModels(dirname(folder));
  return models.find((model) => model.path === path)?.name ?? null;
}

async function manifests(store: string): Promise<readonly { name: string; file: string }[]> {
  const found: { name: string; file: string }[] = [];
  for (const kind of manifestFolders) {
    for (const host of await foldersIn(join(store, kind))) {
      for (const space of await foldersIn(join(store, kind, host))) {
        for (const model of await foldersIn(join(store, kind, host, space))) {
          const folder = join(store, kind, host, space, model);
          for (const tag of (await readdir(folder).catch(() => [])).sort()) {
            if (tag.startsWith('.') || found.length >= maxManifests) continue;
            found.push({ name: nameOf(host, space, model, tag), file: join(folder, tag) });
          }
        }
      }
    }
  }
  return found;
}

function nameOf(host: string, space: string, model: string, tag: string): string {
  const short = `${model}:${tag}`;
  if (!publicHosts.has(host)) return `${host.replace(/%3a/i, ':')}/${space}/${short}`;
  return space === 'library' ? short : `${space}/${short}`;
}

async function weightsOf(store: string, name: string, file: string): Promise<string> {
  const layers = await layersOf(store, file);
  const weights = layers.filter(({ mediaType }) => mediaType === weightsType);
  if (layers.some(({ mediaType }) => mediaType === adapterType)) {
    throw new WhenceError(
      'model-unsupported',
      `${name} is changed by an adapter, which Whence does not apply. Choose the model without it.`,
    );
  }
  if (weights.length !== 1) {
    throw new WhenceError(
      'model-unsupported',
      `${name} has ${weights.length === 0 ? 'no' : 'more than one file of'} weights on this machine. Fetch another model with Ollama.`,
    );
  }
  return blobOf(store, weights[0]!.digest);
}

/** The layers of a manifest; of a list of manifests, those of the one that holds the GGUF file as it was published. */
async function layersOf(store: string, file: string): Promise<readonly JsonObject[]> {
  let manifest = await readManifest(file);
  if (manifest.mediaType === listType) {
    const children = objects(manifest.manifests);
    const child = children.find(({ runner }) => runner === 'ggml') ?? children[0];
    manifest = await readManifest(blobOf(store, child?.digest));
  }
  return objects(manifest.layers);
}

function readManifest(file: string): Promise<JsonObject> {
  return readJson(file, configLimits, 'model-broken');
}

function blobOf(store: string, digest: unknown): string {
  const hash = /^sha256[:-]([0-9a-f]{64})$/.exec(String(digest))?.[1];
  if (hash !== undefined) return join(store, 'blobs', `sha256-${hash}`);
  throw new WhenceError(
    'model-broken',
    'The manifest names no file of weights. Fetch the model again with Ollama.',
  );
}

function objects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
