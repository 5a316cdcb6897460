import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '../../src/engine/checkpoint/open';
import { programOf } from '../../src/engine/compile/graphs';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { LoadedModel } from '../../src/engine/run/loaded';
import { randomIds } from '../reference/random';
import { embeddedPath } from './support/embedded';
import { writeRandomGguf } from './support/randomGguf';

/** Bytes that the embedded model takes to run, beside its 5 MB of weights: the runtime, mostly. */
const work = 180e6;

/** Bytes that this process holds for itself, as Linux counts them. */
function ownBytes(): number {
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return 1024 * Number(/^Pss_Anon:\s+(\d+)/m.exec(text)![1]);
}

describe('models and free memory', () => {
  const warnings: string[] = [];
  const load = (memory?: number) =>
    loadModel(embeddedPath, { threads: 1, memory, warn: (sentence) => warnings.push(sentence) });
  let model: Model | null = null;
  beforeEach(() => warnings.splice(0));
  afterEach(() => model?.close());

  it('load without a word where there is room', async () => {
    model = await load();
    assert.deepEqual(warnings, []);
    await model.close();
    model = await load(work + 20e6);
    assert.deepEqual(warnings, []);
  });

  it('run block by block, with a warning, where only some blocks fit', async () => {
    let memory = work + 20e6;
    // Downwards from what is enough, to just below it.
    while (warnings.length === 0) {
      memory -= 0.5e6;
      await model?.close();
      model = await load(memory);
    }
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^whence-code takes 1\d\d MB of memory and 1\d\d MB are free: it runs block by block, .* Close something, or choose a smaller model\.$/,
    );
    assert.equal(model!.info.warning, warnings[0]);
  });

  it('run block by block without holding the blocks that they went through', async function () {
    if (process.platform !== 'linux') this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'whence-blocks-'));
    try {
      const path = join(folder, 'random.gguf');
      const sizes = { hidden: 256, neurons: 1024, layers: 24, heads: 4, keyHeads: 4, vocabulary: 300 };
      writeRandomGguf(path, { ...sizes, context: 64 }, 'F32');
      const { size } = statSync(path);
      const ids = randomIds(20, 300, 1);
      const before = ownBytes();
      model = await loadModel(path, { threads: 1, storage: folder, memory: work + size / 2 });
      assert.match(model.info.warning!, /it runs block by block/);
      const slow = (await model.forward({ ids: [ids], hooks: [], logits: [19] })).logits!;
      const written = await model.decoder().step(ids);
      // What is mapped from the file the system takes back when memory runs short; what a process holds for itself it cannot.
      const grown = ownBytes() - before;
      assert.ok(grown < size / 2, `${grown} of ${size}`);
      await model.close();
      model = await loadModel(path, { threads: 1, storage: folder });
      assert.equal(model.info.warning, null);
      const fast = (await model.forward({ ids: [ids], hooks: [], logits: [19] })).logits!;
      assert.deepEqual(slow.data, fast.data);
      assert.deepEqual(written, await model.decoder().step(ids));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are refused where not one block fits', async () => {
    model = null;
    await assert.rejects(load(work - 20e6), {
      code: 'out-of-memory',
      message:
        /^whence-code takes 1\d\d MB of memory even block by block, and 160 MB are free: close something, or choose a smaller model\.$/,
    });
    assert.deepEqual(warnings, []);
  });

  describe('of a quantised file', () => {
    let folder: string;
    let path: string;
    const shape = { hidden: 64, neurons: 96, layers: 2, heads: 2, keyHeads: 1, vocabulary: 300, context: 96 };
    const open = (memory: number) =>
      loadModel(path, { threads: 1, storage: folder, memory, warn: (sentence) => warnings.push(sentence) });
    beforeEach(() => {
      model = null;
      folder = mkdtempSync(join(tmpdir(), 'whence-room-'));
      path = join(folder, 'random.gguf');
      writeRandomGguf(path, shape, 'Q8_0');
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('are refused before it is hashed or expanded', async () => {
      await assert.rejects(open(1e6), { code: 'out-of-memory', message: /^random\.gguf takes / });
      assert.deepEqual(await readdir(folder), ['random.gguf']);
      model = await open(work);
      assert.ok((await readdir(folder)).includes('expanded'));
      assert.deepEqual(warnings, []);
    });

    it('have to hold what fast generation packs', async () => {
      const { info, tokenizer, program } = await parts();
      const { packedBytes } = program.weights;
      assert.ok(packedBytes > 50_000, `${packedBytes}`);
      const tight = new LoadedModel(info, tokenizer, program, 1, packedBytes - 1);
      assert.throws(() => tight.decoder([], true), {
        code: 'out-of-memory',
        message:
          /^Fast generation with random\.gguf holds .* of packed matrices in memory, .* or generate in fp32\.$/,
      });
      assert.ok(tight.decoder());
      assert.ok(new LoadedModel(info, tokenizer, program, 1, packedBytes).decoder([], true));
    });

    async function parts() {
      model = await open(work);
      const { checkpoint } = await openModel(path, { storage: folder });
      return { info: model.info, tokenizer: model.tokenizer, program: programOf(checkpoint) };
    }
  });
});
