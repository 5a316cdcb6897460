import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { entry, fileOf, refusal } from './support/safetensors';

const embedded = resolve('models', 'whence-code');
const original = readFileSync(join(embedded, 'model.safetensors'));

const fetchAgain = ' It may be a broken download: fetch it again, or choose another model.';

describe('a model on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
  const copy = (...names: string[]) => {
    for (const name of names) cpSync(join(embedded, name), join(folder, name));
  };

  describe('folder', () => {
    it('is opened with its configuration and its weights where they lie', async () => {
      const { config, tensors, path, folder: opened } = await openCheckpoint(embedded);
      assert.equal(config.model_type, 'llama');
      assert.equal(tensors.size, 38);
      assert.deepEqual([path, opened], [embedded, embedded]);
      assert.equal(tensors.get('model.norm.weight')?.file, join(embedded, 'model.safetensors'));
    });

    it('can have its weights in several files', async () => {
      copy('config.json');
      write('a.safetensors', fileOf({ x: entry([1], 0, 4) }, 4));
      write('b.safetensors', fileOf({ y: entry([2], 0, 8) }, 8));
      write(
        'model.safetensors.index.json',
        JSON.stringify({ weight_map: { x: 'a.safetensors', y: 'b.safetensors' } }),
      );
      const { tensors } = await openCheckpoint(folder);
      assert.deepEqual([...tensors.keys()], ['x', 'y']);
      assert.ok(tensors.get('y')?.file.endsWith('b.safetensors'));
      write('b.safetensors', fileOf({ x: entry([2], 0, 8) }, 8));
      assert.match(
        (await refusal(() => openCheckpoint(folder))).message,
        /^`x` stands in two weight files\./,
      );
      rmSync(join(folder, 'b.safetensors'));
      const error = await refusal(() => openCheckpoint(folder));
      assert.equal(error.code, 'model-missing');
      assert.match(
        error.message,
        /has no `b\.safetensors`\. Fetch the model again, or choose another model\.$/,
      );
    });

    it('cannot have weights outside itself', async () => {
      copy('config.json');
      for (const weight_map of [{ x: '../a.safetensors' }, { x: '/etc/a.safetensors' }, { x: 5 }, {}, null]) {
        write('model.safetensors.index.json', JSON.stringify({ weight_map }));
        const error = await refusal(() => openCheckpoint(folder));
        assert.equal(
          error.message,
          `\`model.safetensors.index.json\` does not list the weight files.${fetchAgain}`,
        );
      }
    });

    it('can consist of links, as in the Hugging Face cache: the weights are located behind them', async () => {
      const snapshot = join(folder, 'models--whence--code', 'snapshots', 'abc');
      mkdirSync(join(folder, 'models--whence--code', 'blobs'), { recursive: true });
      mkdirSync(snapshot, { recursive: true });
      for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
        cpSync(join(embedded, name), join(folder, 'models--whence--code', 'blobs', `blob-${name}`));
        symlinkSync(join('..', '..', 'blobs', `blob-${name}`), join(snapshot, name));
      }
      const { tensors, sha256 } = await openCheckpoint(snapshot);
      assert.ok(tensors.get('model.norm.weight')?.file.endsWith('blob-model.safetensors'));
      assert.equal(await sha256(), await (await openCheckpoint(embedded)).sha256());
      write(join('models--whence--code', 'blobs', 'blob-model.safetensors'), original.subarray(0, 5_000_000));
      const error = await refusal(() => openCheckpoint(snapshot));
      assert.match(
        error.message,
        /^`model\.safetensors` is 119320 bytes shorter/,
        'the blob’s name says nothing',
      );
    });

    it('is refused when there is none', async () => {
      const error = await refusal(() => openCheckpoint(join(folder, 'nothing')));
      assert.equal(error.code, 'model-missing');
      assert.equal(
        error.message,
        `There is no \`nothing\` in \`${folder}\`. Fetch the model again, or choose another model.`,
      );
    });

    it('is refused when it is no model', async () => {
      const error = await refusal(() => openCheckpoint(folder));
      assert.equal(error.code, 'model-missing');
      assert.match(error.message, /is no model folder: it has no `config\.json`\. Choose a folder with/);
    });

    it('is refused when it only holds GGUF files', async () => {
      write('m.gguf', 'GGUF');
      const error = await refusal(() => openCheckpoint(folder));
      assert.match(error.message, /is no model folder but holds GGUF files\. Choose one of the files\.$/);
    });

    it('is refused without its weights', async () => {
      copy('config.json');
      const error = await refusal(() => openCheckpoint(folder));
      assert.equal(error.code, 'model-missing');
      assert.match(error.message, /has no `model\.safetensors`\. Fetch the model again/);
    });

    it('is refused when its weights are in a format that can run code', async () => {
      copy('config.json');
      write('pytorch_model.bin', '');
      const error = await refusal(() => openCheckpoint(folder));
      assert.equal(error.code, 'model-unsupported');
      assert.match(
        error.message,
        /has its weights in `pytorch_model\.bin`; Whence reads safetensors only\. Choose/,
      );
    });

    it('is refused when a file of it cannot be read', async () => {
      copy('config.json');
      mkdirSync(join(folder, 'model.safetensors'));
      const error = await refusal(() => openCheckpoint(folder));
      assert.equal(error.code, 'model-broken');
      assert.match(error.message, /^`model\.safetensors` cannot be read: it is a folder\. Check the file/);
    });

    it('is refused when its links go round in a circle', async () => {
      copy('config.json');
      symlinkSync('model.safetensors', join(folder, 'model.safetensors'));
      assert.equal((await refusal(() => openCheckpoint(folder))).code, 'model-missing');
    });

    it('is refused when its weights are a pipe that nobody writes to', async () => {
      if (process.platform === 'win32') return;
      copy('config.json');
      execFileSync('mkfifo', [join(folder, 'model.safetensors')]);
      const error = await refusal(() => openCheckpoint(folder));
      assert.match(error.message, /^`model\.safetensors` is no file but a pipe or a device\. Choose another/);
    });

    it('is refused when its configuration is broken, large or deep', async () => {
      copy('model.safetensors');
      for (const [config, sentence] of [
        ['{', /`config\.json` is not valid JSON/],
        ['5', /`config\.json` holds no JSON object/],
        [`{"a":${'['.repeat(65)}${']'.repeat(65)}}`, /nested more than 64 levels/],
        [`{"a":"${'x'.repeat(5 << 20)}"}`, /has \d+ bytes, more than the 4194304/],
      ] as const) {
        write('config.json', config);
        const error = await refusal(() => openCheckpoint(folder));
        assert.equal(error.code, 'model-broken');
        assert.match(error.message, sentence);
      }
    });

    it('is refused when it is a file', async () => {
      const error = await refusal(() => openCheckpoint(join(embedded, 'model.safetensors')));
      assert.match(error.message, /^`model\.safetensors` is a file\. Choose the folder that holds the model/);
    });
  });

  describe('hash', () => {
    it('is that of the files’ names and contents', async () => {
      const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
      const lines = ['model.safetensors', 'config.json', 'tokenizer.json'].map(
        (name) => `${name}\n${sha(readFileSync(join(embedded, name)))}\n`,
      );
      assert.equal(await (await openCheckpoint(embedded)).sha256(), sha(lines.join('')));
    });

    it('changes with every file it covers', async () => {
      copy('config.json', 'model.safetensors', 'tokenizer.json');
      const storage = join(folder, 'storage');
      const hashes = new Set<string>();
      for (const change of [
        () => undefined,
        () => write('config.json', `${readFileSync(join(folder, 'config.json'), 'utf8')} `),
        () => write('tokenizer.json', '{}'),
        () => {
          const changed = Buffer.from(original);
          changed[changed.length - 1]! ^= 1;
          write('model.safetensors', changed);
          utimesSync(join(folder, 'model.safetensors'), 1, 1);
        },
      ]) {
        change();
        hashes.add(await (await openCheckpoint(folder, storage)).sha256());
      }
      assert.equal(hashes.size, 4);
    });

    it('is kept, so that an unchanged file is not read again', async () => {
      copy('config.json', 'model.safetensors', 'tokenizer.json');
      const storage = join(folder, 'storage');
      const hash = await (await openCheckpoint(folder, storage)).sha256();
      const names = readdirSync(join(storage, 'hashes'));
      assert.equal(names.length, 3);
      assert.ok(
        names.every((name) => name.endsWith('.json')),
        'a half-written file is left',
      );
      assert.equal(await (await openCheckpoint(folder, storage)).sha256(), hash);
      for (const name of names) {
        const kept = JSON.parse(readFileSync(join(storage, 'hashes', name), 'utf8'));
        writeFileSync(join(storage, 'hashes', name), JSON.stringify({ ...kept, sha256: 'f'.repeat(64) }));
      }
      assert.notEqual(
        await (await openCheckpoint(folder, storage)).sha256(),
        hash,
        'what is kept is not used',
      );
      for (const name of names) writeFileSync(join(storage, 'hashes', name), '{"sha');
      assert.equal(await (await openCheckpoint(folder, storage)).sha256(), hash, 'a broken entry is used');
    });

    it('needs no storage that can be written to', async () => {
      writeFileSync(join(folder, 'file'), '');
      chmodSync(join(folder, 'file'), 0o400);
      const hash = await (await openCheckpoint(embedded)).sha256();
      assert.equal(await (await openCheckpoint(embedded, join(folder, 'file', 'below'))).sha256(), hash);
    });

    it('is withdrawn', async () => {
      const { sha256 } = await openCheckpoint(embedded);
      assert.equal((await refusal(() => sha256(AbortSignal.abort()))).code, 'cancelled');
      assert.match(await sha256(), /^[0-9a-f]{64}$/, 'and can be asked for again');
    });
  });
});
