import assert from 'node:assert/strict';
import { shadeOf, sourceShades } from '../../src/core/shading';

describe('shading of sources', () => {
  it('has five steps for and three against, and leaves the weak ones unmarked', () => {
    const steps = [1, 0.7, 0.5, 0.3, 0.1, 0.05, 0, -0.05, -0.1, -0.4, -0.9].map((score) => shadeOf(score, 1));
    assert.deepEqual(steps, [5, 4, 3, 2, 1, 0, 0, 0, -1, -2, -3]);
  });

  it('measures by the strongest source, whichever its sign', () => {
    const shades = sourceShades([
      { index: 2, score: -4 },
      { index: 5, score: 2 },
      { index: 7, score: 0.1 },
    ]);
    assert.deepEqual(
      [...shades],
      [
        [2, -3],
        [5, 3],
      ],
    );
  });

  it('marks nothing where nothing was brought', () => {
    assert.equal(sourceShades([{ index: 0, score: 0 }]).size, 0);
    assert.equal(sourceShades([]).size, 0);
    assert.equal(shadeOf(Number.NaN, 1), 0);
  });
});
