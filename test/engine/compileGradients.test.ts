import assert from 'node:assert/strict';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { programOf } from '../../src/engine/compile/graphs';
import { relativeError } from '../reference/compare';
import { assertExact, differences, positions, random } from './support/differences';
import { DoubleStage } from './support/doubleStage';
import { operations, size, stageOf, weights } from './support/operations';
import { tinyModel } from './support/tinyLlama';

describe('gradients in float64 against central differences', function () {
  this.timeout(20_000);

  for (const [name, describe] of Object.entries(operations)) {
    it(`agree for ${name}`, () => assertExact(weights, stageOf(describe)));
  }

  it('agree for GELU with the error function, in float32 as its kernel is', async () => {
    const runner = new DoubleStage(
      weights,
      stageOf((b, x) => b.activation(x, 'gelu')),
      'float',
    );
    const dims = [1, positions, size];
    const input = random(positions * size, 3);
    const cotangent = random(positions * size, 4);
    const found = (await runner.backward(input, dims, cotangent, dims, 'exact')).get('input')!;
    const expected = await differences(runner, input, dims, cotangent, 1e-2);
    assert.ok(relativeError(found, expected) <= 1e-3);
  });

  for (const biased of [false, true]) {
    it(`agree for every stage of a Llama checkpoint ${biased ? 'with' : 'without'} biases`, async () => {
      const tiny = await tinyModel({ attention_bias: biased, mlp_bias: biased });
      const program = programOf(await openCheckpoint(tiny.folder));
      for (const stage of program.stages.slice(1)) await assertExact(program.weights, stage);
      await tiny.dispose();
    });
  }

  it('agree for rows with a target each, as the head is run', async () => {
    const stage = stageOf(operations['a layer norm with bias']!);
    const runner = new DoubleStage(weights, stage);
    const input = random(3 * size, 3);
    const cotangent = random(3 * size, 4);
    const dims = [3, 1, size];
    const found = (await runner.backward(input, dims, cotangent, dims, 'exact', 'rows')).get('input')!;
    for (let row = 0; row < 3; row++) {
      const part = (values: Float64Array) => values.slice(row * size, (row + 1) * size);
      const expected = await differences(runner, part(input), [1, 1, size], part(cotangent), 1e-5);
      assert.ok(relativeError(part(found), expected) <= 1e-7);
    }
  });
});

/** The secant rules' promise: the gradient times the input adds up to the output, whatever the operation. */
describe('secant rules in float64', () => {
  const linearAlone = ['a layer norm with bias', 'a matrix [in, out] with bias', 'the denominator of a norm'];
  for (const [name, describe] of Object.entries(operations)) {
    if (linearAlone.includes(name)) continue;
    it(`add up for ${name}`, async () => {
      const stage = stageOf(describe);
      const runner = new DoubleStage(weights, stage);
      const dims = [1, positions, size];
      const input = random(positions * size, 3);
      const output = await runner.forward(input, dims);
      const cotangent = random(output.length, 4);
      const outputDims = [1, positions, output.length / positions];
      const gradients = await runner.backward(input, dims, cotangent, outputDims, 'secant');
      const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      const total = dot(cotangent, output);
      const carried = dot(gradients.get('input')!, input);
      assert.ok(
        Math.abs(carried - total) <= 1e-12 * Math.max(1, Math.abs(total)),
        `${carried}, not ${total}`,
      );
    });
  }
});
