import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertExact, doubleProgram, gradientLimit, hookGradientError } from './support/differences';

const folder = join('test', 'fixtures', 'checkpoints');
const { checkpoints } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
  readonly checkpoints: readonly { readonly name: string; readonly modelType: string }[];
};

/** The GELU by the error function of this one is no setting that could be exchanged. */
const withoutDouble = 'mpt';

/** Where GELU by tanh stands for GELU by the error function, architectures.test.ts compares the latter with torch. */
describe('gradients of every architecture in float64 against central differences', function () {
  this.timeout(60_000);
  for (const { name, modelType } of checkpoints) {
    if (modelType === withoutDouble) continue;
    it(`agree for every stage of ${name}`, async () => {
      const { program } = await doubleProgram(join(folder, name));
      for (const stage of program.stages.slice(1)) await assertExact(program.weights, stage);
    });

    it(`agree at every hook of the first block of ${name}`, async () => {
      const { program } = await doubleProgram(join(folder, name));
      const error = await hookGradientError(program.weights, program.stages[1]!);
      assert.ok(error <= gradientLimit, `off by ${error}`);
    });
  }
});
