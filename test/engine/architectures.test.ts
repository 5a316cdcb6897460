import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelInfo } from '../../src/core/model';
import { type Checkpoint, openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { type ChangedHook, decodeGraph, programOf } from '../../src/engine/compile/graphs';
import type { Linearisation, Model, Tokenizer } from '../../src/engine/model';
import { changedHooks } from '../../src/engine/run/changes';
import { CachedDecoder } from '../../src/engine/run/decoder';
import { LoadedModel } from '../../src/engine/run/loaded';
import { Machine } from '../../src/engine/run/machine';
import type { Tensor } from '../../src/engine/tensor';
import { readTensors } from './support/golden';

const folder = join('test', 'fixtures', 'checkpoints');

interface Index {
  readonly checkpoints: readonly { readonly name: string }[];
}
const { checkpoints } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;

/** Largest difference allowed to what transformers computes, and between our own ways, relative to the largest value. */
const reference = 1e-4;
const ownWays = 1e-5;
const sameGraph = 1e-6;
const gradients = 1e-3;

/** Models whose angles change as the text passes their trained length: cached keys keep theirs, as in transformers. */
const angledByLength = /^(llama-dynamic|phi3-long|phi3-partial)$/;

const gainless = /^(olmo(-biases)?|stablelm-parallel)$/;

/** What attention, rotations, norms and activations are made of where they are not fused. */
const fusible = ['Softmax', 'Transpose', 'Neg', 'ReduceMean', 'Sqrt', 'Sigmoid', 'Erf', 'Tanh'];

/** Changes of every block that change nothing: with them, every step is computed by itself. */
function unchanging(layers: number) {
  const add = { dims: [1, 1, 1], data: Float32Array.of(0) };
  return Array.from({ length: layers }, (_, layer) => ({ hook: `blocks.${layer}.hook_resid_pre`, add }));
}

describe('Architectures, against transformers', () => {
  for (const { name } of checkpoints) {
    describe(name, () => {
      let golden: Map<string, Tensor>;
      let ids: number[];
      let model: Model;

      before(async () => {
        golden = readTensors(join(folder, name, 'golden.safetensors'));
        ids = [...golden.get('input_ids')!.data];
        model = open(await openCheckpoint(join(folder, name)));
      });

      after(() => model.close());

      it('computes the same logits, residual streams and attention patterns', async () => {
        const hooks = [...golden.keys()].filter((key) => key.startsWith('blocks.'));
        assert.ok(hooks.length >= 5);
        const ours = await model.forward({ ids: [ids], hooks, logits: 'all' });
        assertClose(ours.logits!, golden.get('logits')!, reference, 'logits');
        for (const hook of hooks) assertClose(ours.hooks.get(hook)!, golden.get(hook)!, reference, hook);
        const choices = (logits: Tensor) => ids.map((_, position) => choice(logits, position));
        assert.deepEqual(choices(ours.logits!), choices(golden.get('logits')!));
      });

      it('gives each row of a batch what it gives the row alone', async () => {
        const rows = [ids, ids.toReversed()];
        const together = await model.forward({ ids: rows, hooks: [], logits: 'all' });
        for (const [row, alone] of rows.entries()) {
          const { logits } = await model.forward({ ids: [alone], hooks: [], logits: 'all' });
          const size = logits!.data.length;
          const own = together.logits!.data.subarray(row * size, (row + 1) * size);
          assertClose({ dims: logits!.dims, data: own }, logits!, sameGraph, `row ${row}`);
        }
      });

      it('generates with a cache what it computes at once, through fused operators and step by step', async () => {
        const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] });
        for (const changes of [[], unchanging(model.info.layers)]) {
          const decoder = model.decoder(changes);
          const first = angledByLength.test(name) ? ids.length : ids.length - 5;
          let last = await decoder.step(ids.slice(0, first));
          for (const id of ids.slice(first)) last = await decoder.step([id]);
          assertClose({ dims: logits!.dims, data: last }, logits!, ownWays, 'logits');
        }
      });

      it('fuses what has a fused operator and nothing else', async () => {
        const program = programOf(await openCheckpoint(join(folder, name)));
        const steps = (changes: readonly ChangedHook[]) => {
          const { model } = decodeGraph(program, { from: 1, to: 2, changes, quantised: false });
          // Nodes are named by their operator and a number.
          const text = Buffer.from(model).toString('latin1');
          return fusible.filter((operator) => new RegExp(`${operator}\\.\\d`).test(text));
        };
        assert.ok(steps(changedHooks(unchanging(1))).includes('Softmax'));
        // Norms without a gain have no fused operator.
        assert.deepEqual(steps([]), gainless.test(name) ? ['ReduceMean', 'Sqrt'] : []);
      });

      it('reads a long text stage by stage as it reads it at once', async () => {
        const program = programOf(await openCheckpoint(join(folder, name)));
        const { architecture, stages } = program;
        const machine = new Machine(program, 1);
        const cost = stages[1]!.parameters + 2 * architecture.hiddenSize * ids.length;
        const decoder = new CachedDecoder(machine, [], false, { budget: 3 * cost, parameters: 1 });
        const first = angledByLength.test(name) ? ids.length : ids.length - 2;
        let last = await decoder.step(ids.slice(0, first));
        for (const id of ids.slice(first)) last = await decoder.step([id]);
        const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] });
        assertClose({ dims: logits!.dims, data: last }, logits!, ownWays, 'logits');
        await machine.sessions.close();
      });

      it('passes the same gradient back', async () => {
        const gradient = await pulled(model, ids, golden.get('metric')!.data, 'exact');
        assertClose(gradient, golden.get('gradient')!, gradients, 'gradient');
      });

      // With biases the parts do not add up without them: explainBiases.test.ts counts them too.
      if (!biased(name)) {
        it('is linear from the first block to the metric when its secants stand for its functions', async () => {
          const metric = golden.get('metric')!.data;
          const secant = await pulled(model, ids, metric, 'secant');
          const sources = dot(secant.data, golden.get('blocks.0.hook_resid_pre')!.data);
          const total = dot(metric, golden.get('logits')!.data.subarray(-metric.length));
          assert.ok(
            Math.abs(sources - total) <= reference * Math.max(1, Math.abs(total)),
            `${sources} of ${total}`,
          );
        });
      }

      it('reads the spelling of transformers 4 as the same model', async () => {
        const checkpoint = await openCheckpoint(join(folder, name));
        const config = JSON.parse(await readFile(join(folder, name, 'config.4.json'), 'utf8'));
        const other = open({ ...checkpoint, config });
        const ours = await other.forward({ ids: [ids], hooks: [], logits: 'all' });
        await other.close();
        assertClose(ours.logits!, golden.get('logits')!, reference, 'logits');
      });
    });
  }
});

describe('Gemma 3 with eyes', () => {
  for (const prefix of ['language_model.model.', 'model.language_model.']) {
    it(`is read as its language model, with tensors under ${prefix}`, async () => {
      const plain = await openCheckpoint(join(folder, 'gemma3-linear'));
      const renamed = [...plain.tensors].map(
        ([name, tensor]) => [name.replace(/^model\./, prefix), tensor] as const,
      );
      const config = { architectures: ['Gemma3ForConditionalGeneration'], text_config: plain.config };
      const model = open({ ...plain, config, tensors: new Map(renamed) });
      const golden = readTensors(join(folder, 'gemma3-linear', 'golden.safetensors'));
      const ids = [...golden.get('input_ids')!.data];
      const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
      await model.close();
      assertClose(logits!, golden.get('logits')!, reference, 'logits');
    });
  }
});

/** The (modified) gradient of the last logits' weighted sum with respect to the stream that enters the first block. */
async function pulled(
  model: Model,
  ids: readonly number[],
  weights: Float32Array,
  linearisation: Linearisation,
): Promise<Tensor> {
  const layers = new Set(model.hookNames.map((name) => /^blocks\.\d+/.exec(name)?.[0]).filter(Boolean)).size;
  const names = Array.from({ length: layers }, (_, layer) => `blocks.${layer}.hook_resid_pre`);
  names.push(`blocks.${layers - 1}.hook_resid_post`);
  const { hooks } = await model.forward({ ids: [ids], hooks: names, logits: 'none' });
  const result = await model.backward({
    residuals: names.map((name) => hooks.get(name)!),
    targets: [{ position: ids.length - 1, weights }],
    linearisation,
    hooks: [names[0]!],
  });
  return result.get(names[0]!)!;
}

/** The checkpoints have no tokenizers: nothing here asks for one. */
function open(checkpoint: Checkpoint): Model {
  return new LoadedModel({} as ModelInfo, {} as Tokenizer, programOf(checkpoint), 1);
}

function biased(name: string): boolean {
  const bytes = readFileSync(join(folder, name, 'model.safetensors'));
  const header = bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)));
  return Object.keys(JSON.parse(header)).some((tensor) => tensor.endsWith('.bias'));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function choice({ dims, data }: Tensor, position: number): number {
  const size = dims.at(-1)!;
  const row = data.subarray(position * size, (position + 1) * size);
  return row.indexOf(Math.max(...row));
}

function assertClose(ours: Tensor, theirs: Tensor, tolerance: number, what: string): void {
  const dims = ours.dims.length > theirs.dims.length ? ours.dims.slice(1) : ours.dims;
  const expected = theirs.dims.length > dims.length ? theirs.dims.slice(1) : theirs.dims;
  assert.deepEqual(dims, expected, what);
  let largest = 0;
  let difference = 0;
  for (const [i, value] of theirs.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - ours.data[i]!));
  }
  assert.ok(
    difference <= tolerance * largest,
    `${what} differs by ${difference} where the largest is ${largest}`,
  );
}
