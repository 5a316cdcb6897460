import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evidenceOf } from '../../src/core/partIndex/evidence';
import type { IndexFile } from '../../src/core/partIndex/read';
import type { IndexedHead, IndexedNeuron } from '../../src/core/partIndex/types';
import { measureHeads } from '../../src/engine/explain/heads';
import { blockHooks, hookOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { buildIndex, type IndexJob } from '../../src/engine/partIndex/build';
import { begunAt, checkpointPlace } from '../../src/engine/partIndex/checkpoint';
import { readCorpus } from '../../src/engine/partIndex/corpus';
import { indexOf, indexPlace, readIndex } from '../../src/engine/partIndex/store';
import { bracket, brackets } from '../handbuilt/brackets';
import { induction } from '../handbuilt/induction';
import { withLetters } from '../handbuilt/letters';
import { quotes } from '../handbuilt/quotes';
import { readCheckpoint } from '../reference/checkpoint';
import { embeddedModel, embeddedPath } from './support/embedded';

describe('the index of a model’s parts', function () {
  this.timeout(120_000);
  let folder: string;
  const models: Model[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-index-'));
  });
  afterEach(async () => {
    for (const model of models.splice(0)) await model.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function corpusOf(files: Readonly<Record<string, string>>): Promise<string> {
    const root = join(folder, 'code');
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), text);
    }
    return root;
  }

  const jobOf = (model: Model, root: string, changes: Partial<IndexJob> = {}): IndexJob => ({
    model,
    corpus: { name: 'test', folders: [root], texts: 100 },
    out: join(folder, 'out.whix'),
    scores: () => measureHeads(model),
    turn: (work) => work(),
    ...changes,
  });

  async function indexed(model: Model, files: Readonly<Record<string, string>>): Promise<IndexFile> {
    const job = jobOf(model, await corpusOf(files));
    await buildIndex(job);
    return readIndex(job.out);
  }

  const partIn = (file: IndexFile, model: Model, name: string) =>
    evidenceOf(file, name, (id) => model.tokenizer.textOf(id));

  describe('of models of known mechanism', () => {
    async function load(built: { load(): Promise<Model> }, letters: string): Promise<Model> {
      const model = await built.load();
      models.push(model);
      return withLetters(model, letters);
    }

    it('bracket matcher: the neuron is most active where most is open, and promotes the closing bracket', async () => {
      const model = await load(brackets(), '()$a');
      const open = 'aa((((((((((((((';
      const file = await indexed(model, {
        'open.py': open,
        'even.py': '()()()()()()()()',
        'few.py': 'aaaa(aaa)aaaaaaa',
      });
      const neuron = partIn(file, model, 'L0N0') as IndexedNeuron;
      // Uniform attention over begin and 16 tokens, 14 of them open: 40 · 14 / 17.
      assert.ok(Math.abs(neuron.max - (40 * 14) / 17) < 1e-3, `${neuron.max}`);
      const [side, ...others] = neuron.sides;
      assert.deepEqual(others, [], 'it is never negative');
      assert.equal(side!.contexts[0]!.file, 'open.py');
      assert.equal(side!.contexts[0]!.peak, side!.contexts[0]!.tokens.length - 1);
      // Its weight is 6 on the logit of `)`; against the mean of five logits 6 − 6/5.
      assert.equal(side!.promotes[0]!.text, ')');
      assert.ok(Math.abs(side!.promotes[0]!.effect - 4.8) < 1e-3);
      const deadPath = partIn(file, model, `L1N${bracket.open}`) as IndexedNeuron;
      assert.deepEqual(
        deadPath.sides[0]!.promotes,
        [],
        'what is written where nobody reads promotes nothing',
      );
    });

    it('quote closer: the neuron is active at its quotes alone, as often as they stand there, and is named so', async () => {
      const model = await load(quotes(), `'"abcd`);
      const texts = [
        "aabb'cdabcdabcda",
        "ab'dccdabdcabdca",
        "a'bcdabcdddddabc",
        "cccabdb'daacbdaa",
        'ddcb\'adcdd"aabcb',
      ];
      const file = await indexed(
        model,
        Object.fromEntries(texts.map((text, index) => [`${index}.py`, text])),
      );
      const neuron = partIn(file, model, 'L0N0') as IndexedNeuron;
      const [side] = neuron.sides;
      const tokens = texts.map((text) => text.slice(0, 15)).join('');
      assert.ok(Math.abs(side!.frequency - 5 / tokens.length) < 1e-6, `${side!.frequency}`);
      assert.equal(neuron.max, 1);
      assert.equal(neuron.min, 0);
      assert.equal(side!.contexts.length, 5);
      for (const { tokens: quoted, values, peak } of side!.contexts) {
        assert.equal(quoted[peak], "'");
        assert.deepEqual(
          values,
          quoted.map((token) => (token === "'" ? 1 : 0)),
        );
      }
      assert.deepEqual(side!.label, {
        text: "after `'`",
        support: { kind: 'contexts', holds: 5, of: 5 },
      });
    });

    it('induction: the head reads what followed, and reading it raises it', async () => {
      const model = await load(induction(), 'abcdefghijk');
      const file = await indexed(model, { 'a.py': 'abcdefgabcdefgabcdefg', 'b.py': 'kjihgfedkjihgfedkjihg' });
      const head = partIn(file, model, 'L1H0') as IndexedHead;
      assert.ok(head.scores.roles.includes('induction'));
      assert.match(head.label!.text, /what followed an earlier occurrence/);
      assert.ok(head.attention.afterSame.share > 0.5 && head.attention.afterSame.chance < 0.15);
      assert.equal(head.contexts.length, 2);
      for (const { tokens, peak, read, promotes, values } of head.contexts) {
        assert.equal(read.tokens[read.peak - 1], tokens[peak], 'behind an earlier occurrence');
        assert.ok(read.values[read.peak]! > 0.3);
        assert.equal(promotes[0]!.text, read.tokens[read.peak]);
        assert.ok(values.every((value) => value >= 0 && value <= 1));
      }
      const before = partIn(file, model, 'L0H0') as IndexedHead;
      assert.ok(before.attention.previous.share > 0.9);
      assert.match(before.label!.text, /^looks at the token before/);
      assert.throws(
        () => partIn(file, model, 'L0N0'),
        /has no part "L0N0": it has 2 layers of 2 heads and 0 neurons/,
      );
    });
  });

  describe('of the embedded model', () => {
    const code = {
      'a.py': `class Cart:\n    def __init__(self, owner):\n        self.owner = owner\n        self.items = []\n\n    def total(self):\n        return sum(item.price for item in self.items)\n`,
      'b/c.ts': `export function total(prices: readonly number[]): number {\n  let sum = 0;\n  for (const price of prices) sum += price;\n  return sum;\n}\n`,
      'b/notes.md': 'No code.',
      'node_modules/d.py': 'import os\n'.repeat(20),
    };

    it('counts, quantiles and contexts are those of a plain computation', async () => {
      const model = await embeddedModel();
      const file = await indexed(model, code);
      const corpus = await readCorpus(model, { name: 'test', folders: [join(folder, 'code')], texts: 100 });
      assert.deepEqual([...corpus.files].sort(), ['a.py', 'b/c.ts']);
      assert.deepEqual(file.header.corpus, corpus.described);
      for (const layer of [0, 3]) {
        const hook = blockHooks.neurons(layer);
        const values: number[][] = Array.from({ length: 512 }, () => []);
        const places: { text: number; position: number }[] = [];
        for (const [text, { ids, first }] of corpus.texts.entries()) {
          const { hooks } = await model.forward({ ids: [[...ids]], hooks: [hook], logits: 'none' });
          for (let position = first; position < ids.length; position++) {
            places.push({ text, position });
            const row = hookOf(hooks, hook).data.subarray(position * 512, (position + 1) * 512);
            for (const [neuron, list] of values.entries()) list.push(row[neuron]!);
          }
        }
        assert.equal(places.length, file.header.corpus.tokens);
        for (const [index, list] of values.entries()) {
          const raw = file.neuron(layer, index);
          const sorted = [...list].sort((a, b) => a - b);
          assert.ok(Math.abs(raw.mean - list.reduce((a, b) => a + b) / list.length) < 1e-4);
          assert.equal(raw.min, sorted[0]);
          assert.equal(raw.max, sorted.at(-1));
          raw.quantiles.forEach((value, at) => {
            const exact = sorted[Math.max(0, Math.ceil(file.header.shares[at]! * sorted.length) - 1)]!;
            const ratio = value === 0 ? Number(Math.abs(exact) > 1.5 * 2 ** -12) + 1 : exact / value;
            assert.ok(ratio > 1 / 1.23 && ratio < 1.23, `L${layer}N${index}: ${exact}, ${value}`);
          });
          for (const { sign, frequency, contexts } of raw.sides) {
            const extreme = sign > 0 ? raw.max : -raw.min;
            const active = (least: number) =>
              list.filter((value) => sign * value >= least).length / list.length;
            assert.ok(frequency >= active(extreme / 8) - 1e-6, 'all that reach an eighth');
            assert.ok(frequency <= active(extreme / 8 / 1.5) + 1e-6, 'within a step of the histogram');
            const best = places[list.indexOf(sign * extreme)]!;
            assert.deepEqual([contexts[0]!.text, contexts[0]!.peak], [best.text, best.position]);
            for (const { text, start, values: kept } of contexts) {
              const largest = Math.max(...kept.map(Math.abs));
              kept.forEach((value, at) => {
                const place = places.findIndex((each) => each.text === text && each.position === start + at);
                assert.ok(Math.abs(value - list[place]!) <= largest / 250);
              });
            }
          }
        }
      }
    });

    it('promoted tokens are those of the matrices', async () => {
      const model = await embeddedModel();
      const file = await indexed(model, code);
      const { tensors } = readCheckpoint(embeddedPath);
      const corpus = await readCorpus(model, { name: 'test', folders: [join(folder, 'code')], texts: 100 });
      let inverse = 0;
      for (const { ids, first } of corpus.texts) {
        const scale = 'ln_final.hook_scale';
        const { hooks } = await model.forward({ ids: [[...ids]], hooks: [scale], logits: 'none' });
        for (const value of hookOf(hooks, scale).data.subarray(first)) inverse += 1 / value;
      }
      inverse /= file.header.corpus.tokens;
      const embedding = tensors.get('model.embed_tokens.weight')!.data;
      const gain = tensors.get('model.norm.weight')!.data;
      const out = tensors.get('model.layers.2.mlp.down_proj.weight')!.data;
      for (const neuron of [0, 17, 511]) {
        const effects = Array.from({ length: 4096 }, (_, id) => {
          let sum = 0;
          for (let i = 0; i < 192; i++) sum += embedding[id * 192 + i]! * gain[i]! * out[i * 512 + neuron]!;
          return sum * inverse;
        });
        const mean = effects.reduce((a, b) => a + b) / effects.length;
        const order = effects.map((_, id) => id).sort((a, b) => effects[b]! - effects[a]!);
        const raw = file.neuron(2, neuron);
        assert.deepEqual(
          raw.promotes.map(({ id }) => id),
          order.slice(0, 8),
        );
        assert.deepEqual(
          raw.suppresses.map(({ id }) => id),
          order.slice(-8).reverse(),
        );
        for (const { id, effect } of [...raw.promotes, ...raw.suppresses]) {
          assert.ok(Math.abs(effect - (effects[id]! - mean)) < 0.01 * Math.abs(effect) + 1e-6, `${effect}`);
        }
      }
    });

    it('a job that is paused goes on, and ends with the same bytes', async () => {
      const model = await embeddedModel();
      const source = (number: number) =>
        Array.from(
          { length: 30 },
          (_, line) => `def f${number}_${line}(self):\n    return self.items[${line}]\n`,
        ).join('');
      const root = await corpusOf(
        Object.fromEntries([0, 1, 2, 3].map((each) => [`${each}.py`, source(each)])),
      );
      const whole = jobOf(model, root, { out: join(folder, 'whole.whix') });
      const { texts } = await buildIndex(whole);
      assert.ok(texts >= 8);
      const read: number[] = [];
      const job = (stopAt: number): IndexJob => {
        const pause = new AbortController();
        const onProgress: IndexJob['onProgress'] = ({ doing, done }) => {
          if (doing === 'texts') read.push(done);
          if (done === stopAt) pause.abort();
        };
        return jobOf(model, root, { onProgress, signal: pause.signal });
      };
      await assert.rejects(buildIndex(job(3)), { code: 'cancelled' });
      const begun = await begunAt(checkpointPlace(job(0).out));
      assert.equal(begun?.done, 3);
      assert.deepEqual(begun?.request, job(0).corpus);
      await assert.rejects(buildIndex(job(6)), { code: 'cancelled' });
      await buildIndex(job(-1));
      assert.deepEqual(read, [
        0,
        1,
        2,
        3,
        3,
        4,
        5,
        6,
        ...Array.from({ length: texts - 6 }, (_, at) => at + 6),
      ]);
      assert.deepEqual(await readFile(job(0).out), await readFile(whole.out));
      assert.equal(await begunAt(checkpointPlace(job(0).out)), null, 'nothing is left behind');
    });

    it('a checkpoint that is damaged, or of other code, is begun anew', async () => {
      const model = await embeddedModel();
      const root = await corpusOf(code);
      await buildIndex(jobOf(model, root, { out: join(folder, 'whole.whix') }));
      const pause = async () => {
        const controller = new AbortController();
        const onProgress: IndexJob['onProgress'] = ({ done }) => done === 1 && controller.abort();
        await assert.rejects(buildIndex(jobOf(model, root, { onProgress, signal: controller.signal })));
      };
      const place = checkpointPlace(jobOf(model, root).out);
      await pause();
      const kept = await readFile(place);
      for (const content of [kept.subarray(0, -8), kept.subarray(0, 10), Buffer.alloc(0)]) {
        await writeFile(place, content);
        await buildIndex(jobOf(model, root));
        assert.deepEqual(await readFile(jobOf(model, root).out), await readFile(join(folder, 'whole.whix')));
      }
      await writeFile(place, kept);
      await writeFile(join(root, 'a.py'), code['a.py'].replaceAll('owner', 'buyer'));
      await buildIndex(jobOf(model, root));
      const file = await readIndex(jobOf(model, root).out);
      assert.ok(
        file.header.corpus.sha256 !== (await readIndex(join(folder, 'whole.whix'))).header.corpus.sha256,
      );
    });

    it('is refused with a sentence where it is of another model', async () => {
      const model = await embeddedModel();
      const other = Object.create(model, {
        info: { value: { ...model.info, sha256: '0'.repeat(64) } },
      }) as Model;
      const job = jobOf(other, await corpusOf(code), { out: indexPlace(model, folder) });
      await buildIndex(job);
      await assert.rejects(indexOf(model, folder), {
        code: 'bad-input',
        message: /was made of other files of whence-code .* make it again/,
      });
      assert.ok((await stat(job.out)).isFile(), 'and stays where it is');
    });

    it('says in a sentence that there is no code, or no index', async () => {
      const model = await embeddedModel();
      const empty = await corpusOf({ 'notes.md': 'No code.' });
      await assert.rejects(buildIndex(jobOf(model, empty)), {
        code: 'bad-input',
        message: /There is no code under/,
      });
      const short = await corpusOf({ 'a.py': 'x = 1\n' });
      await assert.rejects(buildIndex(jobOf(model, short)), { code: 'bad-input', message: /too short/ });
      const nowhere = join(folder, 'nowhere');
      await assert.rejects(buildIndex(jobOf(model, nowhere)), {
        code: 'bad-input',
        message: /There is no folder/,
      });
      await writeFile(join(folder, 'x.whix'), 'no index');
      await assert.rejects(readIndex(join(folder, 'x.whix')), { code: 'bad-input', message: /is no index/ });
      await assert.rejects(readIndex(nowhere), { code: 'storage', message: /cannot be read \(ENOENT\)/ });
    });
  });
});
