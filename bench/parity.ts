// How far the tiny checkpoints of every architecture are from what transformers and torch compute of them: the largest
// difference of any value, relative to the largest value of the tensor.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelInfo } from '../src/core/model';
import { openCheckpoint } from '../src/engine/checkpoint/checkpoint';
import { programOf } from '../src/engine/compile/graphs';
import type { Tokenizer } from '../src/engine/model';
import { LoadedModel } from '../src/engine/run/loaded';
import type { Tensor } from '../src/engine/tensor';
import { readTensors } from '../test/engine/support/golden';

const folder = join('test', 'fixtures', 'checkpoints');
const limit = 1e-4;

interface Index {
  readonly transformers: string;
  readonly checkpoints: readonly { readonly name: string }[];
}

function difference(ours: Float32Array, theirs: Float32Array): number {
  let largest = 0;
  let apart = 0;
  for (const [i, value] of theirs.entries()) {
    largest = Math.max(largest, Math.abs(value));
    apart = Math.max(apart, Math.abs(value - ours[i]!));
  }
  return apart / largest;
}

async function measure(name: string): Promise<readonly number[]> {
  const golden = readTensors(join(folder, name, 'golden.safetensors'));
  const ids = [...golden.get('input_ids')!.data];
  const program = programOf(await openCheckpoint(join(folder, name)));
  const model = new LoadedModel({} as ModelInfo, {} as Tokenizer, program, 1);
  const hooks = [...golden.keys()].filter((key) => key.startsWith('blocks.'));
  const ours = await model.forward({ ids: [ids], hooks, logits: 'all' });
  const worst = (kind: RegExp) =>
    Math.max(
      ...hooks
        .filter((hook) => kind.test(hook))
        .map((hook) => difference(ours.hooks.get(hook)!.data, golden.get(hook)!.data)),
    );
  const entering = hooks.filter((hook) => hook.endsWith('hook_resid_pre')).sort();
  const streams = [...entering, hooks.find((hook) => hook.endsWith('hook_resid_post'))!];
  const gradients = await model.backward({
    residuals: streams.map((hook): Tensor => ours.hooks.get(hook)!),
    targets: [{ position: ids.length - 1, weights: golden.get('metric')!.data }],
    linearisation: 'exact',
    hooks: ['blocks.0.hook_resid_pre'],
  });
  await model.close();
  return [
    difference(ours.logits!.data, golden.get('logits')!.data),
    worst(/resid/),
    worst(/pattern/),
    difference(gradients.get('blocks.0.hook_resid_pre')!.data, golden.get('gradient')!.data),
  ];
}

async function main(): Promise<void> {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;
  console.log(`Against transformers ${index.transformers}, fp32, eager attention`);
  const line = (name: string, cells: readonly string[]) =>
    console.log(name.padEnd(24) + cells.map((cell) => cell.padStart(12)).join(''));
  line('', ['logits', 'streams', 'patterns', 'gradient']);
  for (const { name } of index.checkpoints) {
    const differences = await measure(name);
    line(
      name,
      differences.map((value) => value.toExponential(1)),
    );
    if (differences.some((value) => !(value <= limit))) process.exitCode = 1;
  }
}

void main();
