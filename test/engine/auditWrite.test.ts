import assert from 'node:assert/strict';
import { ablating } from '../../src/engine/audit/ablate';
import { guessAfter } from '../../src/engine/audit/guess';
import { writeUnder } from '../../src/engine/audit/write';
import { changedLogits } from '../../src/engine/change/logits';
import { code } from './support/cliWorld';
import { embeddedModel, read } from './support/embedded';

describe('what is guessed to follow', () => {
  it('is what once came, as long as it goes so', () => {
    assert.deepEqual(guessAfter([1, 2], [], [5, 6, 7]), [5, 6, 7]);
    assert.deepEqual(guessAfter([1, 2], [5], [5, 6, 7]), [6, 7]);
    assert.deepEqual(guessAfter([1, 2], [5, 9], [5, 6, 7]), []);
  });

  it('else what followed the same tokens before, over and over', () => {
    assert.deepEqual(guessAfter([1, 2, 3], [1, 2], []).slice(0, 4), [3, 1, 2, 3]);
    assert.deepEqual(guessAfter([8, 4, 9], [4], []).slice(0, 4), [9, 4, 9, 4]);
    assert.deepEqual(new Set(guessAfter([1], [7, 7], [])), new Set([7]));
    assert.deepEqual(guessAfter([1, 2], [3], []), []);
  });
});

describe('what is written under changes', function () {
  this.timeout(60_000);

  it('is the likeliest token each time, whatever was guessed', async () => {
    const model = await embeddedModel();
    const prompt = read(model, code);
    for (const parts of [['L1H0'], ['L0MLP', 'L3H2', 'L3H3']]) {
      const changes = ablating(parts);
      const plain: number[] = [];
      while (plain.length < 20) {
        const [logits] = await changedLogits(model, [...prompt, ...plain], [changes]);
        plain.push(logits!.indexOf(Math.max(...logits!)));
      }
      for (const likely of [[], plain.slice(0, 7), [...plain.slice(0, 3), 5, 5, 5]]) {
        const { ids } = await writeUnder(model, prompt, { until: 'tokens', tokens: 20 }, { changes, likely });
        assert.deepEqual(ids, plain);
      }
    }
  });
});
