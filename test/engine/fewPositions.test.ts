import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelInfo } from '../../src/core/model';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { programOf } from '../../src/engine/compile/graphs';
import { constantsName, type Linearisation, type Model, type Tokenizer } from '../../src/engine/model';
import { LoadedModel } from '../../src/engine/run/loaded';
import { relativeError } from '../reference/compare';
import { readTensors } from './support/golden';

const folder = join('test', 'fixtures', 'checkpoints');
const { checkpoints } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
  readonly checkpoints: readonly { readonly name: string }[];
};

/** Sums in another order, relative to the largest value. */
const sameSum = 1e-5;

// Where only some positions are asked about, the last block computes keys and values of the others and nothing else. What it
// gives must be what the whole block gives.
describe('A few positions, without the rest of the last block', () => {
  for (const { name } of checkpoints) {
    describe(name, () => {
      let model: Model;
      let ids: number[];
      let metric: Float32Array;
      let layers: number;

      before(async () => {
        const checkpoint = await openCheckpoint(join(folder, name));
        const golden = readTensors(join(folder, name, 'golden.safetensors'));
        ids = [...golden.get('input_ids')!.data];
        metric = golden.get('metric')!.data;
        const program = programOf(checkpoint);
        layers = program.architecture.layers;
        model = new LoadedModel({} as ModelInfo, {} as Tokenizer, program, 1);
      });
      after(() => model.close());

      it('gives their logits to the bit', async () => {
        const rows = [ids, ids.toReversed()];
        const last = `blocks.${layers - 1}.hook_resid_post`;
        for (const logits of [[ids.length - 1], [4, ids.length - 1, 2]]) {
          const whole = await model.forward({ ids: rows, hooks: [last], logits });
          const few = await model.forward({ ids: rows, hooks: [], logits });
          assert.deepEqual(few.logits, whole.logits);
        }
      });

      for (const linearisation of ['exact', 'followed', 'secant'] as const) {
        it(`gives every hook's gradient, ${linearisation}`, async () => {
          const positions = [3, ids.length - 1];
          const few = await gradients(linearisation, positions);
          // With a target at every position no position is left out; those beside weigh nothing.
          const whole = await gradients(linearisation, [...ids.keys()], positions);
          for (const [hook, { data }] of whole) {
            assert.ok(relativeError(few.get(hook)!.data, data) <= sameSum, hook);
          }
          assert.ok(whole.has(constantsName));
        });
      }

      async function gradients(
        linearisation: Linearisation,
        positions: readonly number[],
        weighing: readonly number[] = positions,
      ) {
        const streams = Array.from({ length: layers }, (_, layer) => `blocks.${layer}.hook_resid_pre`);
        streams.push(`blocks.${layers - 1}.hook_resid_post`);
        const { hooks } = await model.forward({ ids: [ids], hooks: model.hookNames, logits: 'none' });
        const operating = /hook_(pattern|scale|pre|pre_linear|v)$/;
        return model.backward({
          residuals: streams.map((stream) => hooks.get(stream)!),
          targets: positions.map((position) => ({
            position,
            weights: weighing.includes(position) ? metric : new Float32Array(metric.length),
          })),
          joined: true,
          linearisation,
          hooks: model.hookNames,
          constants: true,
          // Under `secant` as explanations ask it: with what the forward pass knew.
          ...(linearisation === 'secant' && {
            values: new Map([...hooks].filter(([hook]) => operating.test(hook))),
          }),
        });
      }
    });
  }
});
