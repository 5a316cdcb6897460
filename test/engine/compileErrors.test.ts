import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, WhenceError } from '../../src/core/errors';
import { loadModel } from '../../src/engine/run/load';
import { tinyLlama, writeLlama } from '../reference/checkpoint';

/** What is wrong with a checkpoint is said when it is loaded, by name, and nothing is guessed. */
describe('loading refuses', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-errors-'));
    writeLlama(folder, tinyLlama, 'F32', 1);
  });
  let restore = () => {};
  afterEach(() => restore());
  after(() => rmSync(folder, { recursive: true }));

  const cases: [string, Record<string, unknown>, ErrorCode, RegExp][] = [
    [
      'an unknown architecture',
      { architectures: ['MambaForCausalLM'] },
      'model-unsupported',
      /MambaForCausalLM.*knows.*Llama/,
    ],
    ['a configuration without an architecture', { architectures: null }, 'model-unsupported', /unknown/],
    ['a name that every object has', { architectures: ['toString'] }, 'model-unsupported', /toString/],
    ['an unknown activation', { hidden_act: 'snake' }, 'model-unsupported', /snake.*silu/],
    ['an unknown rotary scaling', { rope_scaling: { rope_type: 'spiral' } }, 'model-unsupported', /spiral/],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'model-unsupported', /quantization_config/],
    ['a missing size', { hidden_size: null }, 'model-broken', /hidden_size is (missing|null).*above 0/],
    ['a size that is none', { num_hidden_layers: -3 }, 'model-broken', /num_hidden_layers is -3/],
    ['a size in words', { vocab_size: 'many' }, 'model-broken', /vocab_size is "many"/],
    [
      'heads that do not divide',
      { num_key_value_heads: 4 },
      'model-broken',
      /num_attention_heads \(6\).*\(4\)/,
    ],
    ['layers that are not there', { num_hidden_layers: 3 }, 'model-broken', /no tensor model\.layers\.2\./],
    [
      'an absurd number of layers',
      { num_hidden_layers: 1e9 },
      'model-broken',
      /no tensor model\.layers\.2\./,
    ],
    ['biases that are not there', { attention_bias: true }, 'model-broken', /self_attn\.q_proj\.bias/],
    [
      'a vocabulary of another size',
      { vocab_size: 60 },
      'model-broken',
      /embed_tokens.*\[50,24\].*\[60,24\]/,
    ],
    ['a hidden size of another model', { hidden_size: 32 }, 'model-broken', /\[50,24\].*\[50,32\]/],
    [
      'neurons of another number',
      { intermediate_size: 41 },
      'model-broken',
      /mlp\.\w+\.weight.*\[40,24\].*\[41,24\]/,
    ],
  ];
  for (const [what, change, code, pattern] of cases) {
    it(what, async () => {
      const file = join(folder, 'config.json');
      const config = readFileSync(file, 'utf8');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(config), ...change }));
      restore = () => writeFileSync(file, config);
      const started = performance.now();
      await assert.rejects(
        () => loadModel(folder, { threads: 1, tokenizer: false }),
        (error: unknown) => {
          assert.ok(error instanceof WhenceError, String(error));
          assert.equal(error.code, code, error.message);
          assert.match(error.message, pattern);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
      assert.ok(performance.now() - started < 1000);
    });
  }
});
