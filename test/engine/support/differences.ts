import assert from 'node:assert/strict';
import { openCheckpoint } from '../../../src/engine/checkpoint/checkpoint';
import { type Program, programOf } from '../../../src/engine/compile/graphs';
import type { Stage } from '../../../src/engine/compile/stage';
import type { Weights } from '../../../src/engine/compile/weights';
import { relativeError } from '../../reference/compare';
import { normal, uniform } from '../../reference/random';
import { DoubleStage } from './doubleStage';

/** Positions of the texts that gradients are tested on. */
export const positions = 4;

/** Normal deviates. */
export function random(count: number, seed: number): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length: count }, () => normal(next));
}

/** The gradient of Σ cotangent · output by central differences, all of them rows of one batch. */
export async function differences(
  stage: DoubleStage,
  input: Float64Array,
  dims: readonly number[],
  cotangent: Float64Array,
  step: number,
): Promise<Float64Array> {
  const count = input.length;
  const rows = steps(count, step);
  for (let i = 0; i < rows.length; i++) rows[i]! += input[i % count]!;
  return slopes(await stage.forward(rows, [2 * count, ...dims.slice(1)]), cotangent, count, step);
}

/** The same with respect to the value at a hook, shaped [1, …]. */
async function hookDifferences(
  stage: DoubleStage,
  input: Float64Array,
  dims: readonly number[],
  hook: { readonly name: string; readonly dims: readonly number[] },
  cotangent: Float64Array,
  step: number,
): Promise<Float64Array> {
  const count = hook.dims.reduce((a, b) => a * b, 1);
  const rows = new Float64Array(2 * count * input.length);
  for (let row = 0; row < 2 * count; row++) rows.set(input, row * input.length);
  const outputs = await stage.forward(rows, [2 * count, ...dims.slice(1)], {
    hook: hook.name,
    data: steps(count, step),
    dims: [2 * count, ...hook.dims.slice(1)],
  });
  return slopes(outputs, cotangent, count, step);
}

/** Two rows for each of so many numbers: one with a step up at its place, one with a step down. */
function steps(count: number, step: number): Float64Array {
  const rows = new Float64Array(2 * count * count);
  for (let i = 0; i < 2 * count; i++) rows[i * count + (i >> 1)] = i % 2 === 0 ? step : -step;
  return rows;
}

function slopes(outputs: Float64Array, cotangent: Float64Array, count: number, step: number): Float64Array {
  const length = cotangent.length;
  const value = (row: number) => {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += cotangent[j]! * outputs[row * length + j]!;
    return sum;
  };
  return Float64Array.from({ length: count }, (_, i) => (value(2 * i) - value(2 * i + 1)) / (2 * step));
}

/**
 * How far the exact gradients of two targets at once are from differences, in float64, relative to the largest slope; the
 * worse of the two.
 */
export async function gradientError(weights: Weights, stage: Stage): Promise<number> {
  const runner = new DoubleStage(weights, stage);
  const width = Number(stage.input.dims.at(-1));
  const dims = [1, positions, width];
  const input = random(positions * width, 3);
  const outputDims = stage.output.dims.slice(2).map(Number);
  const count = positions * outputDims.reduce((a, b) => a * b, 1);
  const cotangents = random(2 * count, 4);
  const gradients = await runner.backward(input, dims, cotangents, [2, positions, ...outputDims], 'exact');
  const found = gradients.get('input')!;
  let worst = 0;
  for (const target of [0, 1]) {
    const cotangent = cotangents.subarray(target * count, (target + 1) * count);
    const expected = await differences(runner, input, dims, cotangent, 1e-5);
    const own = found.subarray(target * input.length, (target + 1) * input.length);
    worst = Math.max(worst, relativeError(own, expected));
  }
  return worst;
}

/**
 * The same for the values at all hooks of a stage but the one that the input is itself. A hook that does not reach the
 * output has no gradient there, and no slope.
 */
export async function hookGradientError(weights: Weights, stage: Stage): Promise<number> {
  const runner = new DoubleStage(weights, stage);
  const width = Number(stage.input.dims.at(-1));
  const dims = [1, positions, width];
  const input = random(positions * width, 3);
  const outputDims = [1, positions, ...stage.output.dims.slice(2).map(Number)];
  const cotangent = random(
    outputDims.reduce((a, b) => a * b, 1),
    4,
  );
  const gradients = await runner.backward(input, dims, cotangent, outputDims, 'exact');
  let worst = 0;
  for (const [name, value] of stage.hooks) {
    const sizes: Record<string, number> = { B: 1, S: positions };
    const shape = value.dims.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim));
    const expected = await hookDifferences(runner, input, dims, { name, dims: shape }, cotangent, 1e-5);
    worst = Math.max(
      worst,
      relativeError(gradients.get(name) ?? new Float64Array(expected.length), expected),
    );
  }
  return worst;
}

/** What gradients may be off by. */
export const gradientLimit = 1e-7;

export async function assertExact(weights: Weights, stage: Stage): Promise<void> {
  const error = await gradientError(weights, stage);
  assert.ok(error <= gradientLimit, `off by ${error}`);
}

/**
 * The program of a checkpoint with what float64 can compute: the error function has no kernel there, so GELU by tanh
 * stands for GELU by it.
 */
export async function doubleProgram(
  path: string,
): Promise<{ readonly program: Program; readonly tanh: boolean }> {
  const checkpoint = await openCheckpoint(path);
  const names = ['hidden_act', 'activation_function', 'hidden_activation'];
  const exact = names.filter((name) => checkpoint.config[name] === 'gelu');
  const config = { ...checkpoint.config, ...Object.fromEntries(exact.map((name) => [name, 'gelu_new'])) };
  return { program: programOf({ ...checkpoint, config }), tanh: exact.length > 0 };
}
