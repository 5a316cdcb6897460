import assert from 'node:assert/strict';
import { checkRoom } from '../../src/engine/circuit/limit';

const smollm2 = { layers: 30, heads: 9, hiddenSize: 576, neurons: 1536 };

describe('the length of a text that can be traced', () => {
  it('is bounded by memory, and the refusal names a length that is possible', () => {
    checkRoom('SmolLM2-135M', smollm2, 256);
    const refused =
      /^A circuit of SmolLM2-135M can be traced over (\d+) tokens, and 4000 come before this one: /;
    let message = '';
    assert.throws(
      () => checkRoom('SmolLM2-135M', smollm2, 4000),
      (thrown: Error) => {
        message = thrown.message;
        return refused.test(message);
      },
    );
    const most = Number(refused.exec(message)![1]);
    assert.ok(most > 256 && most < 4000);
    checkRoom('SmolLM2-135M', smollm2, most);
    assert.throws(() => checkRoom('SmolLM2-135M', smollm2, Math.ceil(most * 1.03)));
  });
});
