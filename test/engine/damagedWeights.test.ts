import assert from 'node:assert/strict';
import { cp, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WhenceError } from '../../src/core/errors';
import { greedy } from '../../src/core/generation';
import { readSafetensors } from '../../src/engine/checkpoint/safetensors';
import { explain } from '../../src/engine/explain/explain';
import { measureHeads } from '../../src/engine/explain/heads';
import type { Model } from '../../src/engine/model';
import { generate } from '../../src/engine/run/generate';
import { loadModel } from '../../src/engine/run/load';
import { score } from '../../src/engine/run/score';
import { embeddedPath, read } from './support/embedded';

const text = 'x = 1\ny = x';
const notANumber = Uint8Array.of(0xff, 0x7f);

describe('weights that are no numbers', function () {
  this.timeout(20_000);
  let folder: string;
  let model: Model;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-damaged-'));
    await cp(embeddedPath, folder, { recursive: true });
    const file = join(folder, 'model.safetensors');
    const { offset } = (await readSafetensors(file)).find(({ name }) =>
      name.endsWith('0.mlp.up_proj.weight'),
    )!;
    const handle = await open(file, 'r+');
    await handle.write(notANumber, 0, notANumber.length, offset);
    await handle.close();
    model = await loadModel(folder, { threads: 1 });
  });
  after(async () => {
    await model.close();
    await rm(folder, { recursive: true });
  });

  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    continuation: () =>
      generate(model, { text, language: 'python', maxTokens: 4, stopAt: 'limit', sampling: greedy }),
    explanation: () => {
      const ids = read(model, text);
      return explain(model, { ids, position: ids.length, target: null, contrast: null, verify: false });
    },
    scores: () => score(model, { text, language: 'python', range: { start: 2, end: text.length } }),
    'roles of heads': () => measureHeads(model),
    logits: () => model.forward({ ids: [read(model, text)], hooks: [], logits: 'all' }),
  };
  for (const [what, ask] of Object.entries(asked)) {
    it(`give no ${what}, but a sentence`, async () => {
      await assert.rejects(ask(), (error) => {
        assert.ok(error instanceof WhenceError);
        assert.match(error.message, /computes values that are no numbers, so its weights are broken/);
        return error.code === 'model-broken';
      });
    });
  }
});
