import { deepEqual } from 'node:assert/strict';
import { followed } from '../../src/core/circuitFile/followed';

describe('expectations that are edited', () => {
  const follow = (before: string, now: string) => followed([...before], [...now]);

  it('are the same where their text is, wherever it stands', () => {
    deepEqual(follow('abc', 'abc'), [0, 1, 2]);
    deepEqual(follow('abc', 'xabc'), [null, 0, 1, 2]);
    deepEqual(follow('abc', 'bc'), [1, 2]);
    deepEqual(follow('abc', 'cab'), [2, 0, 1]);
    deepEqual(follow('', 'ab'), [null, null]);
  });

  it('are followed through a change of their text', () => {
    deepEqual(follow('abc', 'xbc'), [0, 1, 2]);
    deepEqual(follow('abc', 'axc'), [0, 1, 2]);
    deepEqual(follow('abc', 'axy'), [0, 1, 2]);
    deepEqual(follow('abc', 'axyc'), [0, 1, null, 2]);
    deepEqual(follow('abc', 'bcx'), [1, 2, null]);
  });

  it('are told apart where two have the same text', () => {
    deepEqual(follow('aab', 'aab'), [0, 1, 2]);
    deepEqual(follow('aab', 'ab'), [0, 2]);
    deepEqual(follow('ab', 'aab'), [0, null, 1]);
  });
});
