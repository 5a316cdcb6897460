import { readdirSync } from 'node:fs';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openModel } from '../../../src/engine/checkpoint/open';
import { readSafetensors } from '../../../src/engine/checkpoint/safetensors';
import { programOf } from '../../../src/engine/compile/graphs';
import { bytesOf, jsonOf, type Kind, oneOf, put, type Spoil, withMend } from './kind';

const fixtures = join('test', 'fixtures');
const checkpoints = join(fixtures, 'checkpoints');
const weights = 'model.safetensors';
const index = 'model.safetensors.index.json';

/** Opens and describes a model as a whole one would be. */
async function described(path: string, storage: string): Promise<true> {
  await rm(join(storage, 'expanded'), { recursive: true, force: true });
  const { checkpoint } = await openModel(path, { storage });
  programOf(checkpoint);
  return true;
}

/** One of several files at a time, whichever chance will have. */
function anyOf(
  what: string,
  sources: readonly string[],
  spoil: (file: string) => Promise<Spoil>,
  read: Read,
): Kind {
  let now = '';
  return {
    what,
    async make(folder) {
      const spoils: (readonly [string, Spoil])[] = [];
      for (const [at, source] of sources.entries()) {
        const own = join(folder, String(at));
        await cp(dirname(source), own, { recursive: true });
        const name = basename(source).replace('config.4', 'config');
        const file = await put(await readFile(source), own, name);
        spoils.push([name === 'config.json' ? own : file, await spoil(file)]);
      }
      now = spoils[0]![0];
      return (random) => {
        const [path, chosen] = spoils[Math.floor(random() * spoils.length)]!;
        now = path;
        return chosen(random);
      };
    },
    read: (folder) => read(now, join(folder, 'storage')),
  };
}

type Read = (path: string, storage: string) => Promise<boolean>;

function gguf(what: string, file: string, slow?: true): Kind {
  return {
    what,
    slow,
    async make(folder) {
      await cp(join(fixtures, 'gguf', file), join(folder, file));
      return bytesOf(join(folder, file), 4000);
    },
    read: (folder) => described(join(folder, file), join(folder, 'storage')),
  };
}

const parts = (part: number) => `llama-parts-0000${part}-of-00003.gguf`;

const ggufParts: Kind = {
  what: 'GGUF, parts',
  slow: true,
  async make(folder) {
    const files = [1, 2, 3].map(parts);
    for (const file of files) await cp(join(fixtures, 'gguf', file), join(folder, file));
    const spoil = (file: string) => bytesOf(file, 3000);
    return oneOf(await Promise.all(files.map((file) => withMend(join(folder, file), spoil))));
  },
  read: (folder) => described(join(folder, parts(1)), join(folder, 'storage')),
};

const safetensors: Kind = {
  what: 'safetensors',
  async make(folder) {
    await cp(join(checkpoints, 'phi3'), folder, { recursive: true });
    return bytesOf(join(folder, weights), 1800);
  },
  read: (folder) => described(folder, join(folder, 'storage')),
};

/** A model in two files, and the listing of what is in which. */
const shards: Kind = {
  what: 'weights in shards',
  async make(folder) {
    const source = join(checkpoints, 'llama');
    await cp(join(source, 'config.json'), join(folder, 'config.json'));
    const tensors = await readSafetensors(join(source, weights));
    const bytes = await readFile(join(source, weights));
    const map: Record<string, string> = {};
    const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    for (const [at, file] of files.entries()) {
      const header: Record<string, object> = {};
      const own = tensors.filter((_, i) => i % files.length === at);
      let end = 0;
      for (const { name, dtype, shape, bytes: length } of own) {
        header[name] = { dtype, shape, data_offsets: [end, end + length] };
        end += length;
        map[name] = file;
      }
      const json = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      const data = own.map(({ offset, bytes: size }) => bytes.subarray(offset, offset + size));
      await put(Buffer.concat([length, json, ...data]), folder, file);
    }
    await put(JSON.stringify({ metadata: { total_size: bytes.length }, weight_map: map }), folder, index);
    const shard = (file: string) => bytesOf(file, 1500);
    const listed = await withMend(join(folder, index), jsonOf);
    return oneOf([listed, listed, await withMend(join(folder, files[0]!), shard)]);
  },
  read: (folder) => described(folder, join(folder, 'storage')),
};

/** The copy that is kept of a model's expanded weights: what is damaged is made again. */
const expanded: Kind = {
  what: 'expanded weights',
  slow: true,
  async make(folder) {
    await cp(join(fixtures, 'gguf', 'llama-q8.gguf'), join(folder, 'model.gguf'));
    await described(join(folder, 'model.gguf'), join(folder, 'storage'));
    const [own] = await readdir(join(folder, 'storage', 'expanded'));
    const files = (await readdir(join(folder, 'storage', 'expanded', own!))).map((name) =>
      join(folder, 'storage', 'expanded', own!, name),
    );
    const spoil = (file: string) => bytesOf(file, 1500);
    return oneOf(await Promise.all(files.map((file) => withMend(file, spoil))));
  },
  async read(folder) {
    const { checkpoint } = await openModel(join(folder, 'model.gguf'), { storage: join(folder, 'storage') });
    programOf(checkpoint);
    return true;
  },
};

const converted = join(fixtures, 'gguf', 'converted');
const names = readdirSync(checkpoints).filter((name) => !name.endsWith('.json'));
const configurations = names.flatMap((name) =>
  ['config.json', 'config.4.json'].map((spelling) => join(checkpoints, name, spelling)),
);

export const models: readonly Kind[] = [
  gguf('GGUF, floats', 'llama-f32.gguf'),
  gguf('GGUF, blocks', 'llama-q8.gguf', true),
  ggufParts,
  anyOf(
    'GGUF, every architecture',
    readdirSync(converted).map((name) => join(converted, name)),
    (file) => bytesOf(file, 3000),
    described,
  ),
  safetensors,
  shards,
  anyOf('config.json, every architecture', configurations, jsonOf, described),
  expanded,
];
