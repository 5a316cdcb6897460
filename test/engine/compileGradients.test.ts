import assert from 'node:assert/strict';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { Builder } from '../../src/engine/compile/builder';
import { programOf } from '../../src/engine/compile/graphs';
import * as norm from '../../src/engine/compile/operations/norm';
import { rotaryTable } from '../../src/engine/compile/operations/rotary';
import type { Stage, Value } from '../../src/engine/compile/stage';
import { relativeError } from '../reference/compare';
import { assertExact, differences, positions, random } from './support/differences';
import { DoubleStage, randomWeights } from './support/doubleStage';
import { tinyModel } from './support/tinyLlama';

const size = 12;

type Describe = (b: Builder, x: Value) => Value;

const weights = randomWeights({
  gain: [size],
  shift: [size],
  square: [size, size],
  other: [size, size],
  narrow: [4, size],
  third: [4, size],
  wide: [size, 20],
  offset: [20],
  firstGain: [4],
  secondGain: [4],
  thirdGain: [4],
});

const heads = (b: Builder, x: Value, weight: string, count: number) =>
  b.splitHeads(b.linear(x, { weight, outputs: 4 * count }), count, 4);
const attention = (window: number | null, keyHeads: 1 | 3, cap: number | null = null): Describe => {
  const [key, value] = keyHeads === 1 ? ['narrow', 'third'] : ['other', 'square'];
  return (b, x) =>
    b.mergeHeads(
      b.attention(heads(b, x, 'square', 3), heads(b, x, key!, keyHeads), heads(b, x, value!, keyHeads), {
        name: 'attn',
        scale: 0.5,
        window,
        cap,
      }),
    );
};
const turned = (width: number, pairs: 'halves' | 'neighbours'): Describe => {
  const table = rotaryTable('t', width, 100, pairs);
  return (b, x) => b.mergeHeads(b.rotary(b.splitHeads(x, 1, size), table));
};

/** Each operation by itself, or behind linear ones where it takes more than one value. */
const operations: Record<string, Describe> = {
  centring: (b, x) => b.apply(norm.center, x),
  'the denominator of a norm': (b, x) => b.apply(norm.denominator(0.3), x),
  'a root-mean-square norm': (b, x) => b.norm(x, { name: 'ln', kind: 'rms', epsilon: 1e-5, weight: 'gain' }),
  'a gain stored as its distance from 1': (b, x) =>
    b.norm(x, { name: 'ln', kind: 'rms', epsilon: 1e-5, weight: 'gain', offset: 1 }),
  'a layer norm with bias': (b, x) =>
    b.norm(x, { name: 'ln', kind: 'layer', epsilon: 0.1, weight: 'gain', bias: 'shift' }),
  'a matrix [out, in]': (b, x) => b.linear(x, { weight: 'square', outputs: size }),
  'a matrix [in, out] with bias': (b, x) =>
    b.linear(x, { weight: 'wide', outputs: 20, layout: 'inOut', bias: 'offset' }),
  'a product of branches': (b, x) =>
    b.product(
      b.linear(x, { weight: 'square', outputs: size }),
      b.linear(x, { weight: 'other', outputs: size }),
    ),
  'a sum of branches': (b, x) => b.add(x, b.linear(x, { weight: 'square', outputs: size })),
  'a multiple': (b, x) => b.scale(x, -2.5),
  SiLU: (b, x) => b.activation(x, 'silu'),
  'quick GELU': (b, x) => b.activation(x, 'quick_gelu'),
  'GELU by tanh': (b, x) => b.activation(x, 'gelu_new'),
  ReLU: (b, x) => b.activation(x, 'relu'),
  'rotation by halves': turned(size, 'halves'),
  'rotation by neighbours': turned(size, 'neighbours'),
  'rotation of a part': turned(8, 'halves'),
  attention: attention(null, 3),
  'attention with a shared key head': attention(null, 1),
  'attention through a window': attention(2, 3),
  'attention with capped scores': attention(null, 3, 0.4),
  'a soft cap': (b, x) => b.softCap(x, 0.7),
  'a bound': (b, x) => b.clamp(x, 0.6),
  'a part of the last dimension': (b, x) => b.slice(x, 3, 8),
  'a gain for every head': (b, x) =>
    b.mergeHeads(b.headGain(b.splitHeads(x, 3, 4), ['firstGain', 'secondGain', 'thirdGain'])),
};

function stageOf(describe: Describe): Stage {
  return Builder.stage(weights, { kind: 'number', dims: ['B', 'S', size] }, describe);
}

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
