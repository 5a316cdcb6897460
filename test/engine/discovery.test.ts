import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findModels, hubCache } from '../../src/engine/checkpoint/discovery';

const embedded = resolve('models', 'whence-code');

describe('models on the machine', () => {
  let root: string;
  let environment: NodeJS.ProcessEnv;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'whence-'));
    environment = { HF_HUB_CACHE: join(root, 'hub') };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function addModel(...path: string[]): string {
    const folder = join(root, ...path);
    cpSync(embedded, folder, { recursive: true });
    return folder;
  }

  const find = (...folders: string[]) => findModels({ embedded, folders }, environment);

  it('are the embedded one, where there is nothing else', async () => {
    assert.deepEqual(await find(), [
      {
        id: 'whence-code',
        path: embedded,
        origin: 'embedded',
        bytes: 5119320,
        architecture: 'LlamaForCausalLM',
        problem: null,
      },
    ]);
  });

  it('are found in a folder of models and in a folder that is one', async () => {
    addModel('mine', 'b');
    addModel('mine', 'org', 'a');
    const single = addModel('single');
    mkdirSync(join(root, 'mine', 'notes'));
    writeFileSync(join(root, 'mine', 'notes', 'config.json'), '{"editor": true}');
    const found = await find(join(root, 'mine'), single);
    assert.deepEqual(
      found.map(({ id, origin, problem }) => [id, origin, problem]),
      [
        ['whence-code', 'embedded', null],
        ['b', 'folder', null],
        ['a', 'folder', null],
        ['single', 'folder', null],
      ],
    );
  });

  it('are listed once, however they are reached, and links in a circle end', async () => {
    const model = addModel('mine', 'a');
    symlinkSync(join(root, 'mine'), join(root, 'mine', 'again'));
    symlinkSync(model, join(root, 'mine', 'other-name'));
    symlinkSync(embedded, join(root, 'mine', 'shipped'));
    const found = await find(join(root, 'mine'), model, join(root, 'mine'));
    assert.deepEqual(
      found.map(({ id }) => id),
      ['whence-code', 'a'],
    );
  });

  it('are found in the Hugging Face cache: the snapshot that is in use', async () => {
    const repository = ['hub', 'models--org--name'];
    addModel(...repository, 'snapshots', '111');
    const used = addModel(...repository, 'snapshots', '222');
    mkdirSync(join(root, ...repository, 'refs'));
    writeFileSync(join(root, ...repository, 'refs', 'main'), '222\n');
    mkdirSync(join(root, 'hub', 'datasets--org--name'), { recursive: true });
    mkdirSync(join(root, 'hub', 'models--org--unfinished', 'blobs'), { recursive: true });
    const [, found, ...others] = await find();
    assert.deepEqual(
      [found?.id, found?.path, found?.origin, found?.bytes, found?.problem],
      ['org/name', used, 'huggingface', 5119320, null],
    );
    assert.deepEqual(others, []);
  });

  it('are GGUF files too, in a folder or named themselves', async () => {
    mkdirSync(join(root, 'mine'));
    const file = join(root, 'mine', 'tiny.gguf');
    cpSync(join('test', 'fixtures', 'gguf', 'llama-q8.gguf'), file);
    for (const part of [1, 2]) writeFileSync(join(root, 'mine', `b-0000${part}-of-00002.gguf`), 'GGUF');
    const [, part, tiny, ...others] = await find(join(root, 'mine'), file);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [tiny?.id, tiny?.path, tiny?.origin, tiny?.bytes, tiny?.architecture, tiny?.problem],
      ['tiny.gguf', file, 'folder', statSync(file).size, 'LlamaForCausalLM', null],
    );
    assert.equal(part?.id, 'b-00001-of-00002.gguf');
    assert.match(part?.problem ?? '', /is no usable GGUF file/);
  });

  it('say why they cannot be loaded', async () => {
    const truncated = addModel('mine', 'truncated');
    writeFileSync(join(truncated, 'model.safetensors'), 'x');
    rmSync(join(addModel('mine', 'untold'), 'tokenizer.json'));
    writeFileSync(join(addModel('mine', 'unknown'), 'config.json'), '{"architectures":["MambaForCausalLM"]}');
    rmSync(join(addModel('mine', 'weightless'), 'model.safetensors'));
    const problems = new Map(
      (await find(join(root, 'mine'), join(root, 'gone'))).map((model) => [model.id, model]),
    );
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
    assert.equal(problems.get('weightless')?.bytes, 0);
  });

  it('are looked for no deeper than organisation, name and version', async () => {
    addModel('mine', '1', '2', '3');
    addModel('deep', '1', '2', '3', '4');
    assert.equal((await find(join(root, 'mine'))).at(-1)?.problem, null);
    assert.notEqual((await find(join(root, 'deep'))).at(-1)?.problem, null);
  });

  it('are cached where the environment says', () => {
    const home = join(homedir(), '.cache', 'huggingface', 'hub');
    assert.equal(hubCache({}), home);
    assert.equal(hubCache({ XDG_CACHE_HOME: '/x' }), join('/x', 'huggingface', 'hub'));
    assert.equal(hubCache({ XDG_CACHE_HOME: '/x', HF_HOME: '/h' }), join('/h', 'hub'));
    assert.equal(hubCache({ HF_HOME: '/h', HF_HUB_CACHE: '/c' }), '/c');
    assert.equal(hubCache({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/d' }), '/d');
  });
});
