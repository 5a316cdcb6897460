import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { greedy, type ScoredToken } from '../../src/core/generation';
import { expandedWeights, packWeights } from '../../src/engine/checkpoint/gguf/expand';
import { readGgufHeader } from '../../src/engine/checkpoint/gguf/header';
import type { PackedMatrix } from '../../src/engine/checkpoint/gguf/pack';
import { readSafetensors } from '../../src/engine/checkpoint/safetensors';
import { Emitter } from '../../src/engine/compile/emitter';
import { Weights } from '../../src/engine/compile/weights';
import type { Model } from '../../src/engine/model';
import { generate } from '../../src/engine/run/generate';
import { loadModel } from '../../src/engine/run/load';
import { statisticsOf } from '../../src/engine/run/score';
import { relativeError } from '../reference/compare';
import { normal, uniform } from '../reference/random';
import { embeddedPath } from './support/embedded';
import { writeRandomGguf } from './support/randomGguf';

const shape = { hidden: 64, neurons: 96, layers: 2, heads: 2, keyHeads: 1, vocabulary: 300, context: 96 };
const fixtures = join('test', 'fixtures', 'gguf');
/** Activations are rounded to 127 steps of the largest in their run of 32: what that may do to a sum of products. */
const rounding = 0.03;

describe('matrices as GGUF files quantise them', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-fast-'));
  });
  after(() => rm(folder, { recursive: true }));

  describe('packed for their kernels', () => {
    let packed: ReadonlyMap<string, PackedMatrix>;
    let floats: Map<string, Float32Array>;
    before(async () => {
      const header = await readGgufHeader(join(fixtures, 'types.gguf'));
      const options = { folder, limitBytes: 1e9 };
      const expansion = await expandedWeights(header, 'types', options);
      await packWeights(header, 'types', options);
      ({ packed } = expansion);
      const bytes = readFileSync(expansion.weights);
      floats = new Map(
        (await readSafetensors(expansion.weights)).map(({ name, offset, bytes: length }) => [
          name,
          new Float32Array(new Uint8Array(bytes.subarray(offset, offset + length)).buffer),
        ]),
      );
    });

    it('are those in Q8_0 and Q4_0, weight for weight', () => {
      assert.deepEqual([...packed.values()].map(({ bits }) => bits).sort(), [4, 8]);
      for (const [name, { bits, file, weights, scales }] of packed) {
        const bytes = readFileSync(file);
        const scale = new Float32Array(
          new Uint8Array(bytes.subarray(scales.offset, scales.offset + scales.bytes)).buffer,
        );
        for (const [i, value] of floats.get(name)!.entries()) {
          const byte = bytes[weights.offset + Math.floor((i * bits) / 8)]!;
          const whole = bits === 8 ? byte : i % 2 === 0 ? byte & 15 : byte >> 4;
          assert.equal(
            Math.fround(scale[Math.floor(i / 32)]! * (whole - 2 ** (bits - 1))),
            value,
            `${name} ${i}`,
          );
        }
      }
    });

    it('multiply as fp32 does, but for the rounding of what they multiply', async () => {
      const weights = new Weights({ path: folder, tensors: new Map(), packed });
      for (const [name, matrix] of packed) {
        const [outputs, inputs] = matrix.shape as [number, number];
        const emitter = new Emitter(Object.assign(weights, { folder: join(folder, 'types') }));
        emitter.output('y', emitter.packedProduct(emitter.input('x', 'float', ['S', inputs]), name, matrix));
        const { model, outputs: names } = emitter.finish();
        const session = await InferenceSession.create(model, {
          extra: { session: { model_external_initializers_file_folder_path: join(folder, 'types') } },
        });
        const next = uniform(3);
        const x = Float32Array.from({ length: 3 * inputs }, () => normal(next));
        const { [names.get('y')!]: y } = await session.run({ x: new Tensor('float32', x, [3, inputs]) });
        await session.release();
        const w = floats.get(name)!;
        const exact = Float32Array.from({ length: 3 * outputs }, (_, i) => {
          const row = x.subarray(Math.floor(i / outputs) * inputs);
          const at = (i % outputs) * inputs;
          let sum = 0;
          for (let k = 0; k < inputs; k++) sum += row[k]! * w[at + k]!;
          return sum;
        });
        const error = relativeError(y!.data as Float32Array, exact);
        assert.ok(error > 0 && error < rounding, `${name}: ${error}`);
      }
    });
  });

  for (const type of ['Q8_0', 'Q4_0'] as const)
    describe(`in ${type} generate`, () => {
      let model: Model;
      let files: () => string[];
      const params = {
        text: 'def ret',
        language: 'python',
        maxTokens: 6,
        stopAt: 'limit',
        sampling: greedy,
        fast: true,
      } as const;
      before(async () => {
        const path = join(folder, `${type}.gguf`);
        writeRandomGguf(path, shape, type);
        model = await loadModel(path, { threads: 1, storage: folder });
        files = () => readdirSync(join(folder, 'expanded', model.info.sha256)).sort();
      });
      after(() => model.close());

      it('packed when that is asked for, and not before', async () => {
        await model.decoder().step([5]);
        assert.deepEqual(files(), ['expanded.safetensors']);
        await model.decoder([], true).step([5]);
        assert.deepEqual(files(), ['expanded.safetensors', 'packed.bin']);
        const left = readdirSync(join(folder, 'expanded')).filter((name) => name.includes('partial'));
        assert.deepEqual(left, []);
      });

      it('nearly as fp32 does, by one token and by many', async () => {
        assert.ok(model.quantised);
        const ids = Array.from({ length: 40 }, (_, i) => 3 + (i % 20));
        const exact = await model.decoder().step(ids);
        const decoder = model.decoder([], true);
        await decoder.step(ids.slice(0, 30));
        let last = new Float32Array();
        for (const id of ids.slice(30)) last = new Float32Array(await decoder.step([id]));
        for (const logits of [await model.decoder([], true).step(ids), last]) {
          const error = relativeError(logits, exact);
          assert.ok(error > 0 && error < rounding, `${error}`);
        }
      });

      it('tokens that are told of in fp32, and how many it would not have chosen', async () => {
        const streamed: ScoredToken[] = [];
        const result = await generate(model, params, { onToken: (token) => streamed.push(token) });
        const ids = [...result.prompt, ...result.generated].map(({ id }) => id);
        const expected = await statisticsOf(model, ids, result.prompt.length);
        assert.deepEqual(
          result.generated.map(({ statistics }) => statistics),
          expected,
        );
        // While it was written, tokens were told of in the arithmetic that chose them.
        assert.deepEqual(
          streamed.map(({ id }) => id),
          result.generated.map(({ id }) => id),
        );
        const first = streamed.filter(({ statistics }) => statistics.rank === 1).length;
        assert.ok(first > 0 && first < streamed.length, 'the first token has to spell what stood there');
        const same = streamed.filter(
          ({ statistics }, i) => (statistics.rank === 1) === (expected[i]!.rank === 1),
        );
        assert.equal(result.differing, streamed.length - same.length);
        assert.notDeepEqual(
          streamed.map(({ statistics }) => statistics.probability),
          expected.map(({ probability }) => probability),
        );
        assert.equal((await generate(model, { ...params, fast: false })).differing, undefined);
      });

      it('not with steering, and not for files without such matrices', async () => {
        const steering = { vector: { hook: 'blocks.0.hook_resid_pre' }, strength: 1 } as never;
        await assert.rejects(generate(model, { ...params, steering }), /Steered generation has no fast form/);
        const plain = await loadModel(embeddedPath, { threads: 1 });
        assert.equal(plain.quantised, false);
        await assert.rejects(generate(plain, params), /whence-code has no matrices in Q8_0 or Q4_0/);
        await plain.close();
      });
    });
});
