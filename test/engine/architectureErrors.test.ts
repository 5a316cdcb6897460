import assert from 'node:assert/strict';
import { join } from 'node:path';
import { WhenceError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { programOf } from '../../src/engine/compile/graphs';

const folder = join('test', 'fixtures', 'checkpoints');

/** Changes to configurations that `transformers` computes another function for, or that do not fit the weights. */
const refused: readonly [name: string, change: Record<string, unknown>, expected: RegExp][] = [
  ['llama', { hidden_act: 'mish' }, /mish/],
  ['llama', { quantization_config: { quant_method: 'gptq' } }, /quantization_config/],
  ['llama', { rope_parameters: { rope_type: 'proportional', rope_theta: 1e4 } }, /"proportional"/],
  ['llama', { rope_parameters: { rope_type: 'linear', rope_theta: 1e4 } }, /factor is missing/],
  ['llama', { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.4 } }, /3 of 8 dimensions/],
  ['llama', { embedding_multiplier: 12 }, /embedding_multiplier: 12/],
  ['llama', { num_experts: 8 }, /num_experts: 8/],
  ['llama', { attention_bias: true }, /q_proj\.bias/],
  [
    'llama',
    { num_key_value_heads: 3 },
    /num_attention_heads \(4\) is not divisible by num_key_value_heads \(3\)/,
  ],
  ['llama', { intermediate_size: 50 }, /\[48,32\].*\[50,32\]/],
  ['llama', { vocab_size: 90 }, /\[88,32\].*\[90,32\]/],
  ['llama', { num_hidden_layers: 3 }, /model\.layers\.2\./],
  ['llama', { hidden_size: '32' }, /hidden_size is "32" where a whole number/],
  ['llama', { architectures: ['MambaForCausalLM'] }, /MambaForCausalLM/],
  ['llama', { architectures: ['constructor'] }, /constructor/],
  ['mistral', { attention_bias: true }, /attention_bias: true/],
  ['qwen2', { layer_types: ['full_attention', 'linear_attention'] }, /linear_attention/],
  ['smollm3', { no_rope_layers: [1, 0] }, /no_rope_layers for 2 of 4 layers/],
  [
    'smollm3',
    { no_rope_layers: [1, 2, 0, 0] },
    /no_rope_layers is \[1,2,0,0\] where a list of zeros and ones/,
  ],
  ['gemma2', { layer_types: ['sliding_attention'] }, /1 layer_types for \d layers/],
  ['qwen2', { rope_parameters: { rope_type: 'default', rope_theta: -1 } }, /rope_theta/],
  ['gemma3', { use_bidirectional_attention: true }, /use_bidirectional_attention: true/],
  [
    'phi3-long',
    { rope_parameters: { rope_type: 'longrope', short_factor: [1], long_factor: [1] } },
    /1 numbers in/,
  ],
  ['gpt2', { add_cross_attention: true }, /add_cross_attention: true/],
  ['gpt2', { n_head: 5 }, /n_embd \(32\) is not divisible by n_head \(5\)/],
  ['gpt2', { n_positions: 128 }, /wpe\.weight.*\[64,32\].*\[128,32\]/],
  ['gptj', { rotary_dim: 10 }, /rotary_dim: 10/],
  ['starcoder2', { norm_type: 'rms_norm' }, /norm_type: "rms_norm"/],
  ['gemma2', { sliding_window_size: 16 }, /sliding_window_size: 16/],
  ['codegen', { n_head: 2 }, /n_head \(2\) is not divisible by/],
];

/** Changes that leave the function as it is. */
const accepted: readonly [name: string, change: Record<string, unknown>][] = [
  [
    'llama',
    {
      rope_scaling: null,
      attention_dropout: 0.1,
      initializer_range: 1,
      _name_or_path: 'x',
      torch_dtype: 'float16',
    },
  ],
  [
    'llama',
    { layer_types: ['full_attention', 'full_attention'], rope_interleaved: false, is_llama_config: true },
  ],
  ['mistral', { use_cache: false, architectures: ['MistralForCausalLM'] }],
  ['gptj', { rotary: true, scale_attn_weights: true, gradient_checkpointing: false }],
  ['codegen', { scale_attn_weights: true, n_ctx: 2048, tokenizer_class: 'GPT2Tokenizer' }],
  ['starcoder2', { norm_type: 'layer_norm', mlp_type: 'default' }],
  ['gpt_bigcode', { inference_runner: 0, pad_key_length: true, attention_softmax_in_fp32: true }],
  ['gemma2', { cache_implementation: 'hybrid', sliding_window_size: 8, hidden_act: 'gelu_pytorch_tanh' }],
  ['phi', { num_key_value_heads: null, rope_scaling: null, embd_pdrop: 0.1 }],
  ['gpt2', { summary_type: 'cls_index', reorder_and_upcast_attn: true }],
];

describe('Configurations', () => {
  for (const [name, change, expected] of refused) {
    it(`${name} with ${JSON.stringify(change)} is refused by name`, async () => {
      const checkpoint = await openCheckpoint(join(folder, name));
      assert.throws(
        () => programOf({ ...checkpoint, config: { ...checkpoint.config, ...change } }),
        (error: unknown) => {
          assert.ok(error instanceof WhenceError, String(error));
          assert.match(error.message, expected);
          return error.code === 'model-unsupported' || error.code === 'model-broken';
        },
      );
    });
  }

  for (const [name, change] of accepted) {
    it(`${name} with ${Object.keys(change).join(', ')} is read`, async () => {
      const checkpoint = await openCheckpoint(join(folder, name));
      programOf({ ...checkpoint, config: { ...checkpoint.config, ...change } });
    });
  }

  it('files of the bare GPT-2, whose tensors have no prefix, are read', async () => {
    const checkpoint = await openCheckpoint(join(folder, 'gpt2'));
    const bare = [...checkpoint.tensors].map(
      ([name, tensor]) => [name.replace(/^transformer\./, ''), tensor] as const,
    );
    programOf({ ...checkpoint, tensors: new Map(bare) });
  });
});
