import assert from 'node:assert/strict';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { compared, comparisons, peers, stale } from './support/peers';

describe('against peers on the same weights', function () {
  this.timeout(60_000);
  for (const golden of peers.checkpoints) {
    describe(golden.checkpoint, () => {
      let model: Model;
      before(async () => {
        assert.equal(stale(golden), null);
        model = await loadModel(golden.checkpoint, { threads: 1, tokenizer: false });
      });
      after(() => model.close());

      for (const { peer, method, ours } of comparisons) {
        const theirs = golden[peer]?.[method];
        if (!theirs) continue;
        it(`${peer}: ${method}`, async () => {
          const { cosine, error } = compared(await ours(model, golden), theirs);
          assert.ok(cosine >= 0.999, `cosine ${cosine}`);
          assert.ok(error <= 1e-3, `off by ${error} of the largest`);
        });
      }
    });
  }

  it('compares each method with a peer', () => {
    for (const { peer, method } of comparisons) assert.ok(peers.checkpoints[0]![peer]![method], method);
    const { cosine, error } = compared([1, 2], [1, 3]);
    assert.ok(cosine < 0.999 && Math.abs(error - 1 / 3) < 1e-9);
    assert.ok(Number.isNaN(compared([1], [1, 2]).error), 'a score is missing');
  });
});
