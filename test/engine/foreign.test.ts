import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { randomOf } from '../../bench/support/damage';
import { kinds, outcomeOf } from '../../bench/support/foreign/kinds';

/** `npm run bench -- badFiles` asks the same of many more, and for how long and with how much memory. */
describe('foreign bytes are read, or refused with a sentence, whatever happened to them:', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-foreign-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const kind of kinds) {
    it(kind.what, async () => {
      const spoil = await kind.make(folder);
      assert.ok(await kind.read(folder), 'it is read as it is whole');
      const damage = fc.asyncProperty(fc.nat(), async (seed) => {
        await spoil(randomOf(seed));
        const { outcome, cause } = await outcomeOf(kind, folder);
        assert.notEqual(outcome, 'crash', cause instanceof Error ? cause.stack : String(cause));
      });
      await fc.assert(damage, { numRuns: kind.slow ? 4 : 40, seed: 1, endOnFailure: true });
    });
  }
});
