import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { programOf } from '../../src/engine/compile/graphs';
import { assertExact } from './support/differences';

const folder = join('test', 'fixtures', 'checkpoints');
const { checkpoints } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
  readonly checkpoints: readonly { readonly name: string }[];
};

/** The error function has no float64 kernel: architectures.test.ts compares these models with torch's gradients. */
function usesErrorFunction(name: string): boolean {
  const config = JSON.parse(readFileSync(join(folder, name, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return [config.hidden_act, config.activation_function, config.hidden_activation].includes('gelu');
}

describe('gradients of every architecture in float64 against central differences', function () {
  this.timeout(60_000);
  for (const { name } of checkpoints.filter((checkpoint) => !usesErrorFunction(checkpoint.name))) {
    it(`agree for every stage of ${name}`, async () => {
      const program = programOf(await openCheckpoint(join(folder, name)));
      for (const stage of program.stages.slice(1)) await assertExact(program.weights, stage);
    });
  }
});
