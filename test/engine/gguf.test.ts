import assert from 'node:assert/strict';
import { mkdtempSync, promises, readdirSync, readFileSync } from 'node:fs';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { damaged, randomOf } from '../../bench/support/damage';
import { WhenceError } from '../../src/core/errors';
import type { ModelInfo } from '../../src/core/model';
import { type GgufOptions, openGguf } from '../../src/engine/checkpoint/gguf';
import { ggufArchitectures } from '../../src/engine/checkpoint/gguf/architectures';
import { type ExpandOptions, expandedWeights } from '../../src/engine/checkpoint/gguf/expand';
import { readGgufHeader } from '../../src/engine/checkpoint/gguf/header';
import { openModel } from '../../src/engine/checkpoint/open';
import { readSafetensors } from '../../src/engine/checkpoint/safetensors';
import { programOf } from '../../src/engine/compile/graphs';
import type { Tokenizer } from '../../src/engine/model';
import { LoadedModel } from '../../src/engine/run/loaded';

const fixtures = join('test', 'fixtures', 'gguf');
const checkpoint = join('test', 'fixtures', 'checkpoints', 'llama');

describe('GGUF files', () => {
  let folder: string;
  const options = (changes: Partial<ExpandOptions> = {}): GgufOptions & ExpandOptions => ({
    folder: join(folder, 'expanded'),
    limitBytes: 1e9,
    storage: null,
    ...changes,
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-gguf-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('expands every block format to the weights that the gguf package reads, to the bit', async () => {
    const header = await readGgufHeader(join(fixtures, 'types.gguf'));
    const expanded = new Map(
      (await readSafetensors((await expandedWeights(header, 'types', options())).weights)).map((tensor) => [
        tensor.name,
        tensor,
      ]),
    );
    const expected = await readSafetensors(join(fixtures, 'types.safetensors'));
    assert.equal(expected.length, 13);
    for (const tensor of expected.filter(({ name }) => !/F/.test(name))) {
      assert.deepEqual(floats(expanded.get(tensor.name)!), floats(tensor), tensor.name);
    }
    assert.equal(expanded.size, 10);
  });

  it('leaves float tensors where they lie, with the names and the rotary layout they need', async () => {
    const path = join(fixtures, 'llama-f32.gguf');
    const model = await openGguf(path, options());
    const original = await readSafetensors(join(checkpoint, 'model.safetensors'));
    assert.deepEqual([...model.tensors.keys()].sort(), original.map(({ name }) => name).sort());
    for (const tensor of original) {
      const ours = model.tensors.get(tensor.name)!;
      assert.deepEqual(ours.shape, tensor.shape, tensor.name);
      assert.ok(ours.file.endsWith('llama-f32.gguf'));
      if (!/[qk]_proj/.test(tensor.name)) assert.deepEqual(floats(ours), floats(tensor), tensor.name);
    }
    await assert.rejects(readdir(join(folder, 'expanded')), { code: 'ENOENT' });
    const config = JSON.parse(await readFile(join(checkpoint, 'config.4.json'), 'utf8'));
    const same = [
      'model_type',
      'vocab_size',
      'hidden_size',
      'head_dim',
      'num_key_value_heads',
      'intermediate_size',
    ];
    for (const key of [
      ...same,
      'rope_theta',
      'max_position_embeddings',
      'tie_word_embeddings',
      'attention_bias',
    ]) {
      assert.deepEqual(model.config[key], config[key], key);
    }
    assert.equal(model.config.rope_interleaved, true);
  });

  it('expands once, shows how far it is, and leaves nothing behind when withdrawn', async () => {
    const path = join(fixtures, 'llama-q8.gguf');
    const withdrawn = AbortSignal.abort();
    await assert.rejects(openGguf(path, options({ signal: withdrawn })), { code: 'cancelled' });
    const calls: number[] = [];
    const progress = (done: number, total: number) => calls.push(done / total);
    const first = await openGguf(path, options({ progress }));
    assert.equal(calls.at(-1), 1);
    const again = await openGguf(path, options({ progress: () => assert.fail('expanded twice') }));
    assert.deepEqual(again.tensors, first.tensors);
    assert.deepEqual(await readdir(join(folder, 'expanded')), [await first.sha256()]);
    const embedding = first.tensors.get('model.embed_tokens.weight')!;
    const original = (await readSafetensors(join(checkpoint, 'model.safetensors'))).find(
      ({ name }) => name === embedding.name,
    )!;
    const error = floats(embedding).map((value, i) => Math.abs(value - floats(original)[i]!));
    const largest = Math.max(...floats(original).map(Math.abs));
    assert.ok(Math.max(...error) < largest / 127, 'eight bits are this exact');
    assert.ok(Math.max(...error) > 0);
  });

  it('expands again what was damaged since, and keeps the rest', async () => {
    const path = join(fixtures, 'llama-q8.gguf');
    const { sha256 } = await openGguf(path, options());
    const own = join(folder, 'expanded', await sha256());
    for (const name of await readdir(own)) {
      const file = join(own, name);
      const whole = await readFile(file);
      const header = Buffer.from(whole);
      header[12]! ^= 1;
      const broken = [whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)]), Buffer.alloc(0)];
      // What lies in the packed file only its length tells; of the other the header says what it holds.
      if (name.endsWith('.safetensors')) broken.push(header);
      for (const bytes of broken) {
        await writeFile(file, bytes);
        await openGguf(path, options());
        assert.ok(whole.equals(await readFile(file)), name);
      }
    }
  });

  it('keeps to the limit: removes what was not used for longest, refuses what can never fit', async () => {
    const header = await readGgufHeader(join(fixtures, 'types.gguf'));
    const bytes = 10 * 2 * 512 * 4;
    const limited = options({ limitBytes: bytes * 2 + 5000 });
    await expandedWeights(header, 'a', limited);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expandedWeights(header, 'b', limited);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expandedWeights(header, 'a', limited);
    await expandedWeights(header, 'c', limited);
    assert.deepEqual((await readdir(limited.folder)).sort(), ['a', 'c']);
    await assert.rejects(expandedWeights(header, 'd', options({ limitBytes: bytes - 1 })), {
      code: 'storage',
    });
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(expandedWeights(header, 'e', options({ folder: join(folder, 'file', 'x') })), {
      code: 'storage',
    });
  });

  it('removes the next one where one is in use, and says so where all are', async () => {
    const header = await readGgufHeader(join(fixtures, 'types.gguf'));
    const limited = options({ limitBytes: 10 * 2 * 512 * 4 * 2 + 5000 });
    await expandedWeights(header, 'a', limited);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expandedWeights(header, 'b', limited);
    // As Windows does of what is mapped; other systems remove it all the same.
    const { rm: remove } = promises;
    let used = [join(limited.folder, 'a')];
    promises.rm = async (place, how) => {
      if (used.includes(String(place))) throw Object.assign(new Error('EBUSY: in use'), { code: 'EBUSY' });
      return remove(place, how);
    };
    try {
      await expandedWeights(header, 'c', limited);
      assert.deepEqual((await readdir(limited.folder)).sort(), ['a', 'c']);
      used = ['a', 'c'].map((name) => join(limited.folder, name));
      await assert.rejects(expandedWeights(header, 'd', limited), {
        code: 'storage',
        message: /that would make room for it are in use: close what uses them/,
      });
      assert.deepEqual((await readdir(limited.folder)).sort(), ['a', 'c']);
    } finally {
      promises.rm = remove;
    }
  });

  it('removes what a killed process left half written', async () => {
    const header = await readGgufHeader(join(fixtures, 'types.gguf'));
    await expandedWeights(header, 'a', options());
    await writeFile(join(folder, 'expanded', 'b.partial-999999999-x'), 'half');
    await expandedWeights(header, 'c', options());
    assert.deepEqual((await readdir(join(folder, 'expanded'))).sort(), ['a', 'c']);
  });

  it('carries its tokenizer: byte-level BPE and SentencePiece', async () => {
    const bytes = await openGguf(join(fixtures, 'llama-f32.gguf'), options());
    const { tokenizer, tokenizerConfig, generationConfig } = bytes.readTokenizer();
    const rules = tokenizer as {
      model: { merges: string[][] };
      added_tokens: { content: string }[];
    };
    assert.deepEqual(rules.model.merges[1], ['de', 'f']);
    assert.deepEqual(
      rules.added_tokens.map(({ content }) => content),
      ['<|pad|>', '<|endoftext|>', '<|end|>'],
    );
    assert.equal(tokenizerConfig.eos_token, '<|end|>');
    assert.deepEqual(generationConfig, { eos_token_id: [2, 1] });
    const pieces = await openGguf(join(fixtures, 'llama-q8.gguf'), options());
    const ofPieces = pieces.readTokenizer();
    const { merges } = (ofPieces.tokenizer as { model: { merges: string[][] } }).model;
    // Every way to make a piece of two others, by the score of the piece made.
    assert.deepEqual(merges.slice(0, 4), [
      ['d', 'e'],
      ['de', 'f'],
      ['r', 'e'],
      ['re', 't'],
    ]);
    assert.ok(merges.some(([a, b]) => a === '▁t' && b === 'he') === false, '"he" is no piece');
    assert.equal(ofPieces.tokenizerConfig.add_bos_token, true);
  });

  it('is found by its first bytes where its name does not tell', async () => {
    const nameless = join(folder, 'sha256-1234');
    await copyFile(join(fixtures, 'llama-f32.gguf'), nameless);
    const { checkpoint: opened } = await openModel(nameless, { storage: null });
    assert.equal(opened.config.model_type, 'llama');
    await assert.rejects(openModel(join(fixtures, 'llama-q8.gguf'), { storage: null }), { code: 'storage' });
    await assert.rejects(openModel(join(folder, 'none.gguf'), { storage: null }), { code: 'model-missing' });
  });

  const converted = readdirSync(join(fixtures, 'converted'));
  for (const file of ['../llama-f32.gguf', ...converted]) {
    it(`${file} computes what the folder it was made from computes`, async () => {
      const ids = [7, 11, 3, 42, 19, 5, 60, 33, 21, 80, 4, 4, 71, 30, 9, 12, 55, 8, 40, 41];
      const logitsOf = async (path: string) => {
        const { checkpoint: opened } = await openModel(path, { storage: null });
        const model = new LoadedModel({} as ModelInfo, {} as Tokenizer, programOf(opened), 1);
        const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
        await model.close();
        return logits!.data;
      };
      const ours = await logitsOf(join(fixtures, 'converted', file));
      const name = file === '../llama-f32.gguf' ? 'llama' : file.replace('.gguf', '');
      const expected = await logitsOf(join('test', 'fixtures', 'checkpoints', name));
      const largest = Math.max(...expected.map(Math.abs));
      for (const [i, value] of expected.entries()) assert.ok(Math.abs(value - ours[i]!) <= 1e-5 * largest);
    });
  }

  it('may come in parts, any of which may be named', async () => {
    const whole = await openGguf(join(fixtures, 'llama-q8.gguf'), options());
    const parts = await openGguf(join(fixtures, 'llama-parts-00002-of-00003.gguf'), options());
    assert.deepEqual([...parts.tensors.keys()].sort(), [...whole.tensors.keys()].sort());
    for (const [name, tensor] of whole.tensors)
      assert.deepEqual(floats(parts.tensors.get(name)!), floats(tensor), name);
    assert.equal(parts.config.hidden_size, 32);
    assert.notEqual(await parts.sha256(), await whole.sha256());
    const alone = join(folder, 'llama-parts-00001-of-00003.gguf');
    await copyFile(join(fixtures, 'llama-parts-00001-of-00003.gguf'), alone);
    await assert.rejects(openGguf(alone, options()), (error: WhenceError) => {
      assert.match(error.message, /llama-parts-00002-of-00003\.gguf/);
      return error.code === 'model-missing';
    });
    const renamed = join(folder, 'renamed.gguf');
    await copyFile(join(fixtures, 'llama-parts-00001-of-00003.gguf'), renamed);
    await assert.rejects(openGguf(renamed, options()), /one of 3 parts/);
  });

  it('covers every architecture that it names', () => {
    const modelTypes = [...ggufArchitectures.values()].map(({ modelType }) => modelType);
    const covered = new Set(
      converted.map((file) => {
        const config = join('test', 'fixtures', 'checkpoints', file.replace('.gguf', ''), 'config.json');
        return JSON.parse(readFileSync(config, 'utf8')).model_type;
      }),
    );
    assert.deepEqual(
      modelTypes.filter((type) => !covered.has(type)),
      [],
    );
  });

  it('gives a model or a clear error within a second of computing, whatever happened to the file', async function () {
    this.timeout(60_000);
    const random = randomOf(11);
    const path = join(folder, 'damaged.gguf');
    for (const name of ['llama-f32.gguf', 'llama-q8.gguf']) {
      const whole = await readFile(join(fixtures, name));
      for (let i = 0; i < 150; i++) {
        await writeFile(path, damaged(whole, 4000, random));
        const began = process.cpuUsage();
        const opened = openGguf(path, options()).then((model) => programOf(model));
        const error: unknown = await opened.then(() => null).catch((thrown: unknown) => thrown);
        assert.ok(error === null || error instanceof WhenceError, `${name} ${i}: ${String(error)}`);
        const { user, system } = process.cpuUsage(began);
        assert.ok(user + system < 1e6, `${name} ${i} took ${user + system} µs`);
      }
    }
  });

  it('says what is wrong with a file it cannot use', async () => {
    const bytes = await readFile(join(fixtures, 'llama-f32.gguf'));
    const openWhole = async (path: string) => (await openGguf(path, options())).readTokenizer();
    const refuse = async (change: (copy: Buffer) => Uint8Array, expected: RegExp) => {
      const path = join(folder, 'changed.gguf');
      await writeFile(path, change(Buffer.from(bytes)));
      await assert.rejects(openWhole(path), (error: WhenceError) => {
        assert.match(error.message, expected);
        return error instanceof WhenceError;
      });
    };
    const replace = (copy: Buffer, from: string, to: string) => {
      copy.write(to, copy.indexOf(from));
      return copy;
    };
    const overwrite = (copy: Buffer, at: number, patch: Uint8Array) => {
      copy.set(patch, at);
      return copy;
    };
    const large = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0);
    await refuse((copy) => copy.subarray(0, 10), /does not begin with "GGUF"/);
    await refuse((copy) => copy.subarray(0, 3000), /ends within its header, at byte 3000/);
    await refuse((copy) => copy.subarray(0, copy.length - 1), /ends at byte \d+, the file at \d+/);
    await refuse((copy) => overwrite(copy, 4, Uint8Array.of(1, 0, 0, 0)), /GGUF version 1/);
    await refuse((copy) => overwrite(copy, 8, large), /declares \d+ tensors/);
    await refuse((copy) => overwrite(copy, 16, large), /declares \d+ keys/);
    await refuse((copy) => replace(copy, 'blk.0.attn_q.weight', 'blk.1.attn_q.weight'), /occurs twice/);
    await refuse(
      (copy) => replace(copy, 'blk.0.attn_q.weight', 'blk.0.attn_x.weight'),
      /tensor blk\.0\.attn_x\.weight/,
    );
    await refuse((copy) => replace(copy, 'llama.block_count', 'llama.block_couns'), /llama\.block_count/);
    await refuse((copy) => replace(copy, 'llama.vocab_size', 'llama.xocab_size'), /llama\.xocab_size = 88/);
    await refuse((copy) => replace(copy, 'smollm', 'smallm'), /rules "smallm"/);
    await refuse((copy) => replace(copy, 'gpt2', 'gpt3'), /kind "gpt3"/);
    await refuse((copy) => replace(copy, 'de f', 'dexf'), /merge "dexf" names no two tokens/);
  });
});

function floats(tensor: { file: string; offset: number; bytes: number }): Float32Array {
  const bytes = readFileSync(tensor.file).subarray(tensor.offset, tensor.offset + tensor.bytes);
  return new Float32Array(new Uint8Array(bytes).buffer);
}
