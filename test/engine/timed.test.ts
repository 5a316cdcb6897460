import assert from 'node:assert/strict';
import { isTimeout, withinTime } from '../../src/engine/timed';

describe('work with a time limit', () => {
  it('is ended where it takes the processor for longer', () => {
    assert.throws(
      () =>
        withinTime(20, () => {
          for (;;);
        }),
      isTimeout,
    );
  });

  it('is begun anew where the processor was busy with something else', () => {
    const never = new Int32Array(new SharedArrayBuffer(4));
    let calls = 0;
    const result = withinTime(20, () => {
      if (calls++ === 0) Atomics.wait(never, 0, 0, 60_000);
      return 'read';
    });
    assert.equal(result, 'read');
    assert.ok(calls > 1);
  });

  it('throws what the work throws', () => {
    assert.throws(
      () =>
        withinTime(1000, () => {
          throw new Error('its own');
        }),
      /its own/,
    );
  });
});
