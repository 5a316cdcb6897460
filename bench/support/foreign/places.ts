import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { findModels } from '../../../src/engine/checkpoint/discovery';
import { bytesOf, jsonOf, type Kind, oneOf, put, type Random, type Spoil, withMend } from './kind';

const gguf = join('test', 'fixtures', 'gguf', 'llama-q8.gguf');
const checkpoint = join('test', 'fixtures', 'checkpoints', 'llama');

/** Looks for models as `whence models` does on a machine whose home the folder is; true where all could be loaded. */
async function found(folder: string): Promise<boolean> {
  const system = { environment: {}, platform: 'darwin' as const, home: folder };
  const models = await findModels({ embedded: join(folder, 'embedded'), folders: [] }, system);
  const others = models.filter(({ origin }) => origin !== 'embedded');
  return others.length > 0 && others.every(({ problem }) => problem === null);
}

const digest = (digit: string) => `sha256-${digit.repeat(64)}`;
const weights = { mediaType: 'application/vnd.ollama.image.model', digest: digest('a').replace('-', ':') };

const ollama: Kind = {
  what: 'manifests of Ollama',
  async make(folder) {
    const store = join(folder, '.ollama', 'models');
    await put(await readFile(gguf), store, 'blobs', digest('a'));
    const list = {
      mediaType: 'application/vnd.ollama.manifest.list.v2+json',
      manifests: [{ runner: 'ggml', digest: digest('1').replace('-', ':') }],
    };
    const files = [
      await put(
        JSON.stringify({ layers: [weights] }),
        store,
        'manifests',
        'registry.ollama.ai',
        'library',
        'm',
        'x',
      ),
      await put(JSON.stringify(list), store, 'manifests-v2', 'host%3A1', 'me', 'm', 'y'),
      await put(JSON.stringify({ layers: [weights] }), store, 'blobs', digest('1')),
    ];
    return oneOf(await Promise.all(files.map((file) => withMend(file, jsonOf))));
  },
  read: found,
};

const lmStudio: Kind = {
  what: 'settings of LM Studio',
  async make(folder) {
    await put(await readFile(gguf), folder, 'elsewhere', 'org', 'name', 'm.gguf');
    const settings = { downloadsFolder: join(folder, 'elsewhere'), other: { a: [1] } };
    const files = [
      await withMend(await put(JSON.stringify(settings), folder, '.lmstudio', 'settings.json'), jsonOf),
      await withMend(await put(join(folder, '.lmstudio'), folder, '.lmstudio-home-pointer'), (file) =>
        bytesOf(file),
      ),
    ];
    return oneOf(files);
  },
  read: found,
};

const hub = (folder: string) => join(folder, '.cache', 'huggingface', 'hub', 'models--org--name');

/** A repository in the cache: references, snapshots and blobs, with links that chance leads anywhere. */
const links: Kind = {
  what: 'links of the Hugging Face cache',
  slow: true,
  async make(folder) {
    const root = hub(folder);
    const make = async () => {
      await rm(root, { recursive: true, force: true });
      await put('abc\n', root, 'refs', 'main');
      await mkdir(join(root, 'snapshots', 'abc'), { recursive: true });
      for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
        const blob = await put('{}', root, 'blobs', name);
        if (name !== 'tokenizer.json') await cp(join(checkpoint, name), blob);
        await symlink(join('..', '..', 'blobs', name), join(root, 'snapshots', 'abc', name));
      }
    };
    await make();
    const spoil: Spoil = async (random) => {
      await make();
      for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) await redirect(root, random);
      return null;
    };
    return spoil;
  },
  read: found,
};

/** Puts a link where something else was, or where nothing was. */
async function redirect(root: string, random: Random): Promise<void> {
  const places = [
    ...['refs/main', 'refs', 'snapshots', 'snapshots/abc', 'snapshots/def', 'snapshots/abc/deeper'],
    ...['snapshots/abc/config.json', 'snapshots/abc/model.safetensors', 'blobs/config.json', 'blobs', '.'],
    ...['snapshots/abc/model.safetensors.index.json', 'snapshots/abc/x.gguf', '../models--org--other'],
  ];
  const any = () => join(root, places[Math.floor(random() * places.length)]!);
  const [from, to] = [any(), any()];
  if (from === root) return;
  try {
    await rm(from, { recursive: true, force: true });
    await symlink(random() < 0.5 ? to : relative(dirname(from), to), from);
  } catch {
    // Where a file stands in the way of a folder, there is no such place.
  }
}

export const places: readonly Kind[] = [ollama, lmStudio, links];
