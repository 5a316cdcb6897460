import assert from 'node:assert/strict';
import { join } from 'node:path';
import { namedParts } from '../../src/core/partIndex/evidence';
import type { IndexFile } from '../../src/core/partIndex/read';
import { defaultTexts } from '../../src/core/partIndex/status';
import { blockHooks, hookOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { type Corpus, readCorpus } from '../../src/engine/partIndex/corpus';
import { Unembedder, writtenBy } from '../../src/engine/partIndex/effects';
import { indexFileName, indexOf, readIndex } from '../../src/engine/partIndex/store';
import { embeddedModel, embeddedPath } from './support/embedded';

/** `npm run index` makes it: a part of what that does is done again here. */
describe('the index that ships', function () {
  this.timeout(60_000);
  let model: Model;
  let file: IndexFile;
  let corpus: Corpus;

  before(async () => {
    model = await embeddedModel();
    file = await readIndex(join(embeddedPath, indexFileName));
    corpus = await readCorpus(model, { name: 'bundled', folders: ['corpus'], texts: defaultTexts });
  });

  it('is of these weights and this corpus', async () => {
    assert.equal(file.header.model.sha256, model.info.sha256, 'make it again: npm run index');
    assert.deepEqual(file.header.corpus, corpus.described);
    assert.deepEqual(file.header.files, corpus.files);
    assert.equal((await indexOf(model, null))?.header.corpus.sha256, corpus.described.sha256);
  });

  it('holds what the model does in the texts it quotes', async () => {
    const { layers, neurons, heads } = file.header;
    const read = new Map<number, ReadonlyMap<string, Float32Array>>();
    for (const text of [0, 250, 500, 777, 1000]) {
      const hooks = Array.from({ length: layers }, (_, layer) => [
        blockHooks.neurons(layer),
        blockHooks.pattern(layer),
      ]).flat();
      const run = await model.forward({ ids: [[...corpus.texts[text]!.ids]], hooks, logits: 'none' });
      read.set(text, new Map(hooks.map((hook) => [hook, hookOf(run.hooks, hook).data])));
    }
    let compared = 0;
    const near = (value: number, exact: number, scale: number, what: string) => {
      compared++;
      assert.ok(Math.abs(value - exact) <= scale / 127 + 1e-4, `${what}: ${value}, ${exact}`);
    };
    for (let layer = 0; layer < layers; layer++) {
      for (let neuron = 0; neuron < neurons; neuron++) {
        for (const { sides, name } of [{ ...file.neuron(layer, neuron), name: `L${layer}N${neuron}` }]) {
          for (const { text, start, peak, values, line } of sides.flatMap(({ contexts }) => contexts)) {
            const data = read.get(text)?.get(blockHooks.neurons(layer));
            if (!data) continue;
            assert.equal(line, corpus.texts[text]!.lines[peak]);
            assert.deepEqual(file.idsOf(text, { start, peak, values }), [
              ...corpus.texts[text]!.ids.subarray(start, start + values.length),
            ]);
            const scale = Math.max(...values.map(Math.abs));
            for (const [at, value] of values.entries())
              near(value, data[(start + at) * neurons + neuron]!, scale, name);
          }
        }
      }
      for (let head = 0; head < heads; head++) {
        for (const { text, peak, read: seen } of file.head(layer, head).contexts) {
          const data = read.get(text)?.get(blockHooks.pattern(layer));
          const length = corpus.texts[text]!.ids.length;
          seen.values.forEach((value, at) => {
            if (data)
              near(value, data[(head * length + peak) * length + seen.start + at]!, 1, `L${layer}H${head}`);
          });
        }
      }
    }
    assert.ok(compared > 1000, `${compared} values`);
  });

  it('holds what the matrices promote', async () => {
    const layers = file.header.layers;
    const neurons = [5, 118, 300];
    const given = Array.from({ length: layers }, () => ({ heads: [], neurons }));
    const sizes = { headSize: 48, neurons: file.header.neurons };
    const written = await writtenBy(model, given, sizes, new Map());
    for (let layer = 0; layer < layers; layer++) {
      const found = await new Unembedder(model, new Map()).effectsOf(written[layer]!.neurons, neurons.length);
      for (const [at, neuron] of neurons.entries()) {
        const raw = file.neuron(layer, neuron);
        assert.deepEqual(
          raw.promotes.map(({ id }) => id),
          found[at]!.promotes.map(({ id }) => id),
        );
        assert.deepEqual(
          raw.suppresses.map(({ id }) => id),
          found[at]!.suppresses.map(({ id }) => id),
        );
      }
    }
  });

  it('names the induction head, and some hundred neurons', () => {
    const all = [...namedParts(file, (id) => model.tokenizer.textOf(id))];
    const names = new Map(all.map(({ part, sign, label }) => [sign === -1 ? `${part}-` : part, label]));
    assert.match(names.get('L2H0')!.text, /what followed an earlier occurrence \(induction\)/);
    assert.match(names.get('L1H0')!.text, /^looks at the token before/);
    assert.ok(names.size > 200, `${names.size}`);
    assert.equal(names.size, all.length, 'each side has one name');
    assert.ok(
      [...names].some(([part, { text }]) => names.has(`${part}-`) && names.get(`${part}-`)!.text !== text),
      'neurons that mean one thing where they are positive, another where they are negative',
    );
    for (const { support } of names.values()) if (support.kind === 'contexts') assert.ok(support.holds >= 2);
  });
});
