import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureHeads } from '../../src/engine/explain/heads';
import { tokenMetric } from '../../src/engine/explain/metric';
import { blockHooks, hookOf, traceOf } from '../../src/engine/explain/trace';
import { buildIndex } from '../../src/engine/partIndex/build';
import { readIndex } from '../../src/engine/partIndex/store';
import { loadModel } from '../../src/engine/run/load';
import { withLetters } from '../handbuilt/letters';

/** Letters for all 87 ids but the first: what the fixtures' tokens stand for says nothing. */
const letters = Array.from({ length: 87 }, (_, at) => String.fromCharCode(0x21 + at)).join('');
const text = letters.slice(3, 40);

/** What tells architectures apart here: the kind of the last norm, its gain, biases, parallel blocks, norms after the MLP. */
const exact = ['gpt2', 'gpt_neox', 'llama-biases-mqa', 'gemma', 'phi', 'stablelm', 'granite'];
/** A norm after the MLP, whose mean stands for itself; gemma2 caps its logits beside. */
const ordered = ['gemma2', 'olmo2-biases'];

describe('the index of other architectures', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-index-'));
    await writeFile(join(folder, 'a.py'), text);
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const name of [...exact, ...ordered]) {
    it(`${name}: promoted tokens are those of the direct gradient`, async () => {
      const loaded = await loadModel(join('test/fixtures/checkpoints', name), {
        threads: 1,
        tokenizer: false,
      });
      const model = withLetters(loaded, letters);
      try {
        const out = join(folder, 'out.whix');
        await buildIndex({
          model,
          corpus: { name: 'test', folders: [folder], texts: 1 },
          out,
          scores: () => measureHeads(model),
          turn: (work) => work(),
        });
        const file = await readIndex(out);
        const ids = [0, ...model.tokenizer.encode(text).map(({ id }) => id)];
        const trace = await traceOf(model, ids);
        const layer = model.info.layers - 1;
        const hook = blockHooks.neurons(layer);
        const neuron = 2;
        const raw = file.neuron(layer, neuron);
        const effects = [...raw.promotes, ...raw.suppresses];
        const targets = effects.flatMap(({ id }) =>
          ids.slice(1).map((_, index) => ({
            position: index + 1,
            weights: tokenMetric({ target: id, contrast: null }).weightsAt(trace.logits),
          })),
        );
        const gradients = hookOf(
          await model.backward({
            residuals: trace.residuals,
            targets,
            linearisation: 'direct',
            hooks: [hook],
          }),
          hook,
        );
        const [, length, neurons] = gradients.dims as [number, number, number];
        const count = ids.length - 1;
        const means = effects.map((_, target) => {
          let sum = 0;
          for (let at = 0; at < count; at++) {
            const row = target * count + at;
            sum += gradients.data[(row * length + at + 1) * neurons + neuron]!;
          }
          return sum / count;
        });
        assert.equal(effects.length, 16);
        if (exact.includes(name)) {
          const largest = Math.max(...means.map(Math.abs));
          effects.forEach(({ effect }, at) => {
            assert.ok(Math.abs(effect - means[at]!) < 0.01 * largest, `${effect}, ${means[at]}`);
          });
        } else {
          assert.ok(
            means.slice(0, 8).every((mean) => mean > 0),
            `${means}`,
          );
          assert.ok(
            means.slice(8).every((mean) => mean < 0),
            `${means}`,
          );
        }
      } finally {
        await model.close();
      }
    });
  }
});
