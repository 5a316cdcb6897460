// Gradients in float64 against central differences: the worst of every operation, and of every stage and hook of each
// architecture's tiny checkpoint, relative to the largest slope.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  doubleProgram,
  gradientError,
  gradientLimit,
  hookGradientError,
} from '../test/engine/support/differences';
import { operations, stageOf, weights } from '../test/engine/support/operations';

const folder = join('test', 'fixtures', 'checkpoints');

function tell(name: string, error: number, remark = ''): number {
  console.log(`${name.padEnd(42)}${error.toExponential(1).padStart(9)}${remark}`);
  return error;
}

async function main(): Promise<void> {
  const { checkpoints } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    readonly checkpoints: readonly { readonly name: string; readonly modelType: string }[];
  };
  const errors: number[] = [];
  for (const [name, describe] of Object.entries(operations)) {
    errors.push(tell(name, await gradientError(weights, stageOf(describe))));
  }
  console.log();
  for (const { name, modelType } of checkpoints) {
    // Its GELU by the error function, which float64 lacks, is no setting that could be exchanged.
    if (modelType === 'mpt') continue;
    const { program, tanh } = await doubleProgram(join(folder, name));
    let worst = 0;
    for (const stage of program.stages.slice(1)) {
      worst = Math.max(
        worst,
        await gradientError(program.weights, stage),
        await hookGradientError(program.weights, stage),
      );
    }
    errors.push(tell(name, worst, tanh ? '  with GELU by tanh' : ''));
  }
  const worst = Math.max(...errors);
  console.log();
  tell('worst', worst, `, at most ${gradientLimit}`);
  if (!(worst <= gradientLimit)) process.exitCode = 1;
}

void main();
