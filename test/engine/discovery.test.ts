import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FoundModel } from '../../src/core/model';
import { findModels } from '../../src/engine/checkpoint/discovery';
import { ollamaName } from '../../src/engine/checkpoint/discovery/ollama';
import type { System } from '../../src/engine/checkpoint/discovery/places';

const embedded = resolve('models', 'whence-code');
const gguf = resolve('test', 'fixtures', 'gguf', 'llama-q8.gguf');

describe('models on the machine', () => {
  let root: string;
  let system: System;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'whence-'));
    system = { environment: {}, platform: 'darwin', home: join(root, 'home') };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function addModel(...path: string[]): string {
    const folder = join(root, ...path);
    cpSync(embedded, folder, { recursive: true });
    return folder;
  }

  function addFile(content: string | Buffer, ...path: string[]): string {
    const file = join(root, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  const addGguf = (...path: string[]) => addFile(readFileSync(gguf), ...path);

  const find = async (...folders: string[]) => (await findModels({ embedded, folders }, system)).slice(1);
  const ids = (models: readonly FoundModel[]) =>
    models.map(({ id, origin, problem }) => [id, origin, problem]);

  it('are the embedded one, where there is nothing else', async () => {
    const [only, ...others] = await findModels({ embedded, folders: [] }, system);
    assert.deepEqual(others, []);
    const { memoryNeeded, ...rest } = only!;
    assert.deepEqual(rest, {
      id: 'whence-code',
      path: embedded,
      origin: 'embedded',
      bytes: 5119320,
      architecture: 'LlamaForCausalLM',
      fits: true,
      problem: null,
    });
    assert.ok(memoryNeeded! > 5119320 && memoryNeeded! < 300e6, `${memoryNeeded} bytes`);
  });

  it('are found in a folder of models and in a folder that is one', async () => {
    addModel('mine', 'b');
    addModel('mine', 'org', 'a');
    const single = addModel('single');
    addFile('{"editor": true}', 'mine', 'notes', 'config.json');
    assert.deepEqual(ids(await find(join(root, 'mine'), single)), [
      ['b', 'folder', null],
      ['a', 'folder', null],
      ['single', 'folder', null],
    ]);
  });

  it('are listed once, however they are reached, and links in a circle end', async () => {
    const model = addModel('mine', 'a');
    symlinkSync(join(root, 'mine'), join(root, 'mine', 'again'));
    symlinkSync(join(root, 'mine', 'loop'), join(root, 'mine', 'loop'));
    symlinkSync(model, join(root, 'mine', 'other-name'));
    symlinkSync(embedded, join(root, 'mine', 'shipped'));
    assert.deepEqual(ids(await find(join(root, 'mine'), model, join(root, 'mine'))), [['a', 'folder', null]]);
  });

  it('are found in the Hugging Face cache: the snapshot that is in use', async () => {
    system.environment.HF_HUB_CACHE = join(root, 'hub');
    const repository = ['hub', 'models--org--name'];
    addModel(...repository, 'snapshots', '111');
    const used = addModel(...repository, 'snapshots', '222');
    addFile('222\n', ...repository, 'refs', 'main');
    mkdirSync(join(root, 'hub', 'datasets--org--name'));
    mkdirSync(join(root, 'hub', 'models--org--unfinished', 'blobs'), { recursive: true });
    const [found, ...others] = await find();
    assert.deepEqual(
      [found?.id, found?.path, found?.origin, found?.bytes, found?.problem],
      ['org/name', used, 'huggingface', 5119320, null],
    );
    assert.deepEqual(others, []);
  });

  it('are GGUF files in the Hugging Face cache too, as llama.cpp fetches them: links to blobs', async () => {
    const repository = join(root, 'home', '.cache', 'huggingface', 'hub', 'models--org--name-GGUF');
    const blob = addGguf('home', '.cache', 'huggingface', 'hub', 'models--org--name-GGUF', 'blobs', 'abc');
    const snapshot = join(repository, 'snapshots', '333');
    mkdirSync(join(snapshot, 'Q4_0'), { recursive: true });
    symlinkSync(blob, join(snapshot, 'name-Q8_0.gguf'));
    symlinkSync(join(repository, 'gone'), join(snapshot, 'Q4_0', 'name-Q4_0.gguf'));
    // Such repositories say what model their files were made from.
    writeFileSync(join(snapshot, 'config.json'), '{"model_type": "llama"}');
    symlinkSync(blob, join(snapshot, 'mmproj-F16.gguf'));
    const [whole, dangling, ...others] = await find();
    assert.deepEqual([whole?.id, whole?.problem], ['org/name-GGUF/name-Q8_0.gguf', null]);
    assert.equal(dangling?.id, 'org/name-GGUF/Q4_0/name-Q4_0.gguf');
    assert.match(dangling?.problem ?? '', /^There is no `name-Q4_0\.gguf`/);
    assert.deepEqual(others, []);
  });

  it('are GGUF files too, in a folder or named themselves', async () => {
    const file = addGguf('mine', 'tiny.gguf');
    for (const part of [1, 2]) addFile('GGUF', 'mine', `b-0000${part}-of-00002.gguf`);
    const [part, tiny, ...others] = await find(join(root, 'mine'), file);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [tiny?.id, tiny?.path, tiny?.origin, tiny?.bytes, tiny?.architecture, tiny?.problem],
      ['tiny.gguf', file, 'folder', statSync(file).size, 'LlamaForCausalLM', null],
    );
    assert.equal(part?.id, 'b-00001-of-00002.gguf');
    assert.match(part?.problem ?? '', /is no usable GGUF file/);
  });

  it('are found where LM Studio, llama.cpp and GPT4All keep them', async () => {
    addGguf('home', '.lmstudio', 'models', 'org', 'name', 'lm.gguf');
    addFile(
      JSON.stringify({ downloadsFolder: join(root, 'elsewhere') }),
      'home',
      '.lmstudio',
      'settings.json',
    );
    addGguf('elsewhere', 'org', 'name', 'chosen.gguf');
    addGguf('home', '.cache', 'lm-studio', 'models', 'org', 'name', 'older.gguf');
    addFile(join(root, 'moved\n'), 'home', '.lmstudio-home-pointer');
    addGguf('moved', 'models', 'org', 'name', 'moved.gguf');
    addGguf('home', 'Library', 'Caches', 'llama.cpp', 'org_name_cpp.gguf');
    addGguf('home', 'Library', 'Application Support', 'nomic.ai', 'GPT4All', 'four.gguf');
    assert.deepEqual(ids(await find()), [
      ['moved.gguf', 'lmstudio', null],
      ['lm.gguf', 'lmstudio', null],
      ['chosen.gguf', 'lmstudio', null],
      ['older.gguf', 'lmstudio', null],
      ['org_name_cpp.gguf', 'llamacpp', null],
      ['four.gguf', 'gpt4all', null],
    ]);
  });

  it('say why they cannot be loaded', async () => {
    const truncated = addModel('mine', 'truncated');
    writeFileSync(join(truncated, 'model.safetensors'), 'x');
    rmSync(join(addModel('mine', 'untold'), 'tokenizer.json'));
    writeFileSync(join(addModel('mine', 'unknown'), 'config.json'), '{"architectures":["MambaForCausalLM"]}');
    rmSync(join(addModel('mine', 'weightless'), 'model.safetensors'));
    const models = await find(join(root, 'mine'), join(root, 'gone'));
    const problems = new Map(models.map((model) => [model.id, model]));
    const expected = {
      truncated: /^`model\.safetensors` is 7 bytes shorter than its header says\./,
      untold: /has no `tokenizer\.json`/,
      unknown: /MambaForCausalLM/,
      weightless: /has no `model\.safetensors`/,
      gone: /^There is no `config\.json` in|^There is no `gone` in/,
    };
    for (const [id, sentence] of Object.entries(expected))
      assert.match(problems.get(id)?.problem ?? '', sentence, id);
    assert.equal(problems.get('unknown')?.architecture, 'MambaForCausalLM');
    assert.deepEqual([problems.get('weightless')?.bytes, problems.get('weightless')?.fits], [0, null]);
  });

  it('say whether they fit into memory', async () => {
    // A file with a hole: as long as its header says, without taking the disk.
    const folder = addModel('mine', 'large');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const rows = Math.ceil((2 * freemem()) / (4 * config.hidden_size));
    const header = JSON.stringify({
      'model.embed_tokens.weight': {
        dtype: 'F32',
        shape: [rows, config.hidden_size],
        data_offsets: [0, 4 * rows * config.hidden_size],
      },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = addFile(Buffer.concat([length, Buffer.from(header)]), 'mine', 'large', 'model.safetensors');
    const { truncate } = await import('node:fs/promises');
    await truncate(file, 8 + header.length + 4 * rows * config.hidden_size);
    addModel('mine', 'small');
    const [large, small] = await find(join(root, 'mine'));
    assert.deepEqual([large?.fits, small?.fits], [false, true]);
    assert.ok(large!.memoryNeeded! > 2 * freemem());
    // Blocks are expanded to floats, four bytes a weight where the file has about one.
    const [quantised] = await find(gguf);
    assert.ok(quantised!.memoryNeeded! - 150e6 > 3 * quantised!.bytes, `${quantised!.memoryNeeded}`);
  });

  it('are found beside pipes that nobody writes to', async () => {
    if (process.platform === 'win32') return;
    const pipe = (...path: string[]) => {
      const place = join(root, ...path);
      mkdirSync(dirname(place), { recursive: true });
      execFileSync('mkfifo', [place]);
    };
    addGguf('home', '.lmstudio', 'models', 'org', 'name', 'lm.gguf');
    pipe('home', '.lmstudio-home-pointer');
    pipe('home', '.lmstudio', 'settings.json');
    const repository = ['home', '.cache', 'huggingface', 'hub', 'models--org--piped'];
    addGguf(...repository, 'snapshots', 'a', 'piped.gguf');
    pipe(...repository, 'refs', 'main');
    const found = await find();
    assert.deepEqual(
      found.map(({ origin, problem }) => [origin, problem]),
      [
        ['huggingface', null],
        ['lmstudio', null],
      ],
    );
  });

  it('are looked for no deeper than organisation, name and version', async () => {
    addModel('mine', '1', '2', '3');
    addModel('deep', '1', '2', '3', '4');
    assert.equal((await find(join(root, 'mine'))).at(-1)?.problem, null);
    assert.notEqual((await find(join(root, 'deep'))).at(-1)?.problem, null);
  });

  it('are listed all the same beside what cannot be read', async () => {
    addGguf('home', '.lmstudio', 'models', 'org', 'name', 'lm.gguf');
    addFile('no folder', 'home', '.ollama');
    addFile('no folder', 'home', '.cache', 'huggingface');
    addFile('{"downloadsFolder": 3', 'home', '.lmstudio', 'settings.json');
    addFile(Buffer.alloc(9000, 0x2f), 'home', '.lmstudio-home-pointer');
    const closed = join(root, 'home', '.lmstudio', 'models', 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o000);
    assert.deepEqual(ids(await find()), [['lm.gguf', 'lmstudio', null]]);
  });

  describe('of Ollama', () => {
    const digest = createHash('sha256').update(readFileSync(gguf)).digest('hex');
    const model = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: 1 };
    const template = {
      mediaType: 'application/vnd.ollama.image.template',
      digest: `sha256:${'0'.repeat(64)}`,
    };
    const store = ['home', '.ollama', 'models'];

    function addManifest(content: unknown, ...path: string[]): string {
      return addFile(typeof content === 'string' ? content : JSON.stringify(content), ...store, ...path);
    }

    const library = (name: string, tag: string) => ['manifests', 'registry.ollama.ai', 'library', name, tag];
    let blob: string;
    beforeEach(() => {
      blob = addGguf(...store, 'blobs', `sha256-${digest}`);
    });

    it('have the names that it lists, and their blob as path', async () => {
      addManifest({ layers: [template, model] }, ...library('tiny', 'latest'));
      const [tiny, ...others] = await find();
      assert.deepEqual(
        [tiny?.id, tiny?.path, tiny?.origin, tiny?.architecture, tiny?.problem, tiny?.bytes],
        ['tiny:latest', blob, 'ollama', 'LlamaForCausalLM', null, statSync(blob).size],
      );
      assert.deepEqual(others, []);
      assert.equal(await ollamaName(blob), 'tiny:latest');
      assert.equal(await ollamaName(gguf), null);
    });

    it('are read from the newer layout first: linked manifests, lists by runner, encoded hosts', async () => {
      const child = addManifest({ layers: [model] }, 'blobs', `sha256-${'1'.repeat(64)}`);
      const list = {
        mediaType: 'application/vnd.ollama.manifest.list.v2+json',
        manifests: [
          { runner: 'mlx', digest: `sha256:${'2'.repeat(64)}` },
          { runner: 'ggml', digest: `sha256:${'1'.repeat(64)}` },
        ],
      };
      addManifest(list, 'manifests-v2', '127.0.0.1%3A5000', 'me', 'tiny', 'q8');
      addManifest('not read', 'manifests', 'registry.ollama.ai', 'me', 'other', 'a');
      mkdirSync(join(root, ...store, 'manifests-v2', 'ollama.com', 'me', 'other'), { recursive: true });
      symlinkSync(child, join(root, ...store, 'manifests-v2', 'ollama.com', 'me', 'other', 'a'));
      addManifest('', 'manifests-v2', 'ollama.com', 'me', 'other', '.manifest-123');
      // Two names of one file are one model.
      assert.deepEqual(ids(await find()), [['127.0.0.1:5000/me/tiny:q8', 'ollama', null]]);
      assert.equal(await ollamaName(blob), '127.0.0.1:5000/me/tiny:q8');
    });

    it('say why they cannot be loaded', async () => {
      const adapter = { mediaType: 'application/vnd.ollama.image.adapter', digest: model.digest };
      const broken: Record<string, unknown> = {
        adapted: { layers: [model, adapter] },
        cloud: { layers: [template] },
        cut: '{"layers": [',
        deep: '['.repeat(1000),
        escaping: { layers: [{ ...model, digest: 'sha256:../../../etc/passwd' }] },
        gone: { layers: [{ ...model, digest: `sha256:${'f'.repeat(64)}` }] },
        list: { layers: 7 },
        long: `{"layers": [], "x": "${'x'.repeat(5 << 20)}"}`,
      };
      for (const [name, manifest] of Object.entries(broken))
        addManifest(manifest, ...library(name, 'latest'));
      symlinkSync('latest', join(root, ...store, ...library('cut', 'same')));
      symlinkSync('self', join(root, ...store, ...library('deep', 'self')));
      mkdirSync(join(root, ...store, ...library('list', 'folder')));
      const problems = new Map((await find()).map(({ id, problem }) => [id, problem]));
      const expected: Record<string, RegExp> = {
        'adapted:latest': /changed by an adapter/,
        'cloud:latest': /has no weights on this machine/,
        'cut:latest': /not valid JSON/,
        'deep:latest': /nested more than/,
        'deep:self': /links go round in a circle/,
        'escaping:latest': /names no file of weights/,
        'gone:latest': /There is no `sha256-ffff/,
        'list:latest': /has no weights on this machine/,
        'list:folder': /it is a folder/,
        'long:latest': /more than the 4194304/,
      };
      for (const [id, sentence] of Object.entries(expected))
        assert.match(problems.get(id) ?? '', sentence, id);
      assert.equal(problems.size, Object.keys(expected).length, 'a manifest is listed once');
    });
  });
});
