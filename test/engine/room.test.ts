import assert from 'node:assert/strict';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { randomIds } from '../reference/random';
import { embeddedPath } from './support/embedded';

/** Bytes that the embedded model takes to run, beside its 5 MB of weights: the runtime, mostly. */
const work = 180e6;

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
    const ids = randomIds(20, model!.info.vocabularySize, 1);
    const { logits } = await model!.forward({ ids: [ids], hooks: [], logits: [19] });
    assert.equal(logits!.data.length, model!.info.vocabularySize);
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
});
