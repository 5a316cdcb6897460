import assert from 'node:assert/strict';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { type LlamaConfig, type ReferenceCheckpoint, readCheckpoint } from '../reference/checkpoint';
import { assertClose, relativeError } from '../reference/compare';
import type { StoredType } from '../reference/floats';
import { runLlama } from '../reference/llama';
import { randomIds } from '../reference/random';
import { embeddedPath } from './support/embedded';
import { tinyModel } from './support/tinyLlama';

const limit = 1e-4;

/** Every hook and all logits of one text, and the same first choice at every position. */
async function assertParity(
  model: Model,
  reference: ReferenceCheckpoint,
  ids: readonly number[],
): Promise<void> {
  const expected = runLlama(reference, ids);
  const { hooks, logits } = await model.forward({ ids: [ids], hooks: model.hookNames, logits: 'all' });
  assert.deepEqual([...model.hookNames].sort(), [...expected.hooks.keys()].sort());
  for (const [name, value] of expected.hooks) {
    assertClose(hooks.get(name)!, { dims: [1, ...value.dims], data: value.data }, limit, name);
  }
  assertClose(logits!, { dims: [1, ...expected.logits.dims], data: expected.logits.data }, limit, 'logits');
  const vocabulary = model.info.vocabularySize;
  for (let s = 0; s < ids.length; s++) {
    const best = (data: Float32Array | Float64Array) => {
      const row = data.subarray(s * vocabulary, (s + 1) * vocabulary);
      return row.indexOf(Math.max(...row));
    };
    assert.equal(best(logits!.data), best(expected.logits.data), `first choice after position ${s}`);
  }
}

describe('parity with the float64 reference', function () {
  this.timeout(60_000);
  describe('the embedded model', () => {
    let model: Model;
    const reference = readCheckpoint(embeddedPath);
    before(async () => {
      model = await loadModel(embeddedPath, { threads: 1 });
    });
    after(() => model.close());

    it('has the same hooks and logits on code', async () => {
      const text = 'def area(width, height):\n    return width * height\n\n\ndef volume(width, ';
      const ids = [1, ...model.tokenizer.encode(text).map(({ id }) => id)];
      await assertParity(model, reference, ids);
    });

    it('has them on random tokens', async () => {
      await assertParity(model, reference, randomIds(48, model.info.vocabularySize, 7));
    });

    it('has the logits over half of the context', async () => {
      const ids = randomIds(256, model.info.vocabularySize, 8);
      const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
      assert.ok(relativeError(logits!.data, runLlama(reference, ids).logits.data) <= limit);
    });
  });

  const variants: [string, Partial<LlamaConfig>, StoredType][] = [
    ['grouped queries, untied, F32', {}, 'F32'],
    ['one key head, tied, F16', { num_key_value_heads: 1, tie_word_embeddings: true }, 'F16'],
    ['a key head for every head, BF16', { num_key_value_heads: 6 }, 'BF16'],
    ['biases everywhere', { attention_bias: true, mlp_bias: true }, 'F32'],
    ['heads that do not add up to the hidden size', { head_dim: 6, num_attention_heads: 2 }, 'F16'],
    ['another θ and ε', { rope_theta: 500_000, rms_norm_eps: 0.1 }, 'F32'],
    ['one layer', { num_hidden_layers: 1 }, 'BF16'],
  ];
  for (const [name, config, type] of variants) {
    it(`holds for a random checkpoint: ${name}`, async () => {
      const { model, reference, dispose } = await tinyModel(config, type);
      await assertParity(model, reference, randomIds(17, 50, 3));
      await assertParity(model, reference, [4]);
      await dispose();
    });
  }
});
