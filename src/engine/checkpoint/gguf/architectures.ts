/** What llama.cpp calls the parts of an architecture, against the names that `transformers` gives them. */
export interface GgufArchitecture {
  /** `model_type` and `architectures` of the configuration it stands for. */
  readonly modelType: string;
  readonly className: string;
  /** Names of tensors outside and inside of blocks, without `.weight` and `.bias`. */
  readonly outer: Readonly<Record<string, string>>;
  readonly block: Readonly<Record<string, string>>;
  /** What the names of a block's tensors begin with, before the block's number. */
  readonly blocks: string;
  /** Fields of the configuration that the file implies: what its converter does to the tensors, see `ggufConfig`. */
  readonly implied: Readonly<Record<string, unknown>>;
}

const outer = { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' };
const attention = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
};
const queryKeyNorms = { attn_q_norm: 'self_attn.q_norm', attn_k_norm: 'self_attn.k_norm' };
const gated = { ffn_gate: 'mlp.gate_proj', ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj' };
const normsBefore = { attn_norm: 'input_layernorm', ffn_norm: 'post_attention_layernorm' };
const normsAround = {
  attn_norm: 'input_layernorm',
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};
const normsAfter = {
  post_attention_norm: 'post_attention_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};

const llamaBlock = { ...attention, ...gated, ...normsBefore };
const gptBlock = {
  attn_norm: 'ln_1',
  attn_qkv: 'attn.c_attn',
  attn_output: 'attn.c_proj',
  ffn_norm: 'ln_2',
  ffn_up: 'mlp.c_fc',
  ffn_down: 'mlp.c_proj',
};
const gptOuter = {
  token_embd: 'transformer.wte',
  position_embd: 'transformer.wpe',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
};

/** Query and key rows are reordered so that rotary pairs lie side by side. */
const interleaved = { rope_interleaved: true };
/** The 1 that the model itself adds to the weights of every norm is in them already. */
const wholeGains = { norm_weight_offset: 0 };

function describe(
  modelType: string,
  className: string,
  block: Readonly<Record<string, string>>,
  more: Partial<Pick<GgufArchitecture, 'outer' | 'blocks' | 'implied'>> = {},
): GgufArchitecture {
  return { modelType, className, outer, block, blocks: 'model.layers', implied: {}, ...more };
}

/** By `general.architecture`. Names and conversions: llama.cpp, gguf-py/gguf/constants.py and conversion/. */
export const ggufArchitectures: ReadonlyMap<string, GgufArchitecture> = new Map([
  ['llama', describe('llama', 'LlamaForCausalLM', llamaBlock, { implied: interleaved })],
  ['granite', describe('granite', 'GraniteForCausalLM', llamaBlock, { implied: interleaved })],
  [
    'smollm3',
    describe('smollm3', 'SmolLM3ForCausalLM', llamaBlock, {
      // That every fourth block reads no positions stands in llama.cpp's code.
      implied: { ...interleaved, no_rope_layer_interval: 4 },
    }),
  ],
  ['qwen2', describe('qwen2', 'Qwen2ForCausalLM', llamaBlock)],
  ['qwen3', describe('qwen3', 'Qwen3ForCausalLM', { ...llamaBlock, ...queryKeyNorms })],
  ['gemma', describe('gemma', 'GemmaForCausalLM', llamaBlock, { implied: wholeGains })],
  [
    'gemma2',
    describe(
      'gemma2',
      'Gemma2ForCausalLM',
      { ...attention, ...gated, ...normsAround },
      { implied: wholeGains },
    ),
  ],
  [
    'gemma3',
    describe(
      'gemma3_text',
      'Gemma3ForCausalLM',
      { ...attention, ...queryKeyNorms, ...gated, ...normsAround },
      { implied: wholeGains },
    ),
  ],
  ['olmo', describe('olmo', 'OlmoForCausalLM', { ...attention, ...gated }, { implied: interleaved })],
  [
    'olmo2',
    describe('olmo2', 'Olmo2ForCausalLM', { ...attention, ...queryKeyNorms, ...gated, ...normsAfter }),
  ],
  [
    'phi2',
    describe(
      'phi',
      'PhiForCausalLM',
      {
        ...attention,
        attn_norm: 'input_layernorm',
        attn_output: 'self_attn.dense',
        ffn_up: 'mlp.fc1',
        ffn_down: 'mlp.fc2',
      },
      { outer: { ...outer, output_norm: 'model.final_layernorm' } },
    ),
  ],
  [
    'phi3',
    describe('phi3', 'Phi3ForCausalLM', {
      ...normsBefore,
      attn_qkv: 'self_attn.qkv_proj',
      attn_output: 'self_attn.o_proj',
      ffn_up: 'mlp.gate_up_proj',
      ffn_down: 'mlp.down_proj',
    }),
  ],
  [
    'starcoder2',
    describe('starcoder2', 'Starcoder2ForCausalLM', {
      ...attention,
      ...normsBefore,
      ffn_up: 'mlp.c_fc',
      ffn_down: 'mlp.c_proj',
    }),
  ],
  ['stablelm', describe('stablelm', 'StableLmForCausalLM', llamaBlock)],
  [
    'gpt2',
    describe('gpt2', 'GPT2LMHeadModel', gptBlock, {
      outer: gptOuter,
      blocks: 'transformer.h',
      // Matrices have their outputs first, as everywhere but in GPT-2's own files.
      implied: { outputs_first: true },
    }),
  ],
  [
    'starcoder',
    describe('gpt_bigcode', 'GPTBigCodeForCausalLM', gptBlock, { outer: gptOuter, blocks: 'transformer.h' }),
  ],
  [
    'gptneox',
    describe(
      'gpt_neox',
      'GPTNeoXForCausalLM',
      {
        ...normsBefore,
        attn_qkv: 'attention.query_key_value',
        attn_output: 'attention.dense',
        ffn_up: 'mlp.dense_h_to_4h',
        ffn_down: 'mlp.dense_4h_to_h',
      },
      {
        outer: {
          token_embd: 'gpt_neox.embed_in',
          output_norm: 'gpt_neox.final_layer_norm',
          output: 'embed_out',
        },
        blocks: 'gpt_neox.layers',
        // All queries come first, then all keys, then all values.
        implied: { fused_by_head: false },
      },
    ),
  ],
]);

/** The name that `transformers` gives to a tensor; null for one that no architecture here knows. */
export function tensorName(architecture: GgufArchitecture, name: string): string | null {
  const parts = name.split('.');
  const ending = parts.pop();
  if (parts[0] !== 'blk') {
    const known = architecture.outer[parts.join('.')];
    return known === undefined ? null : `${known}.${ending}`;
  }
  const known = architecture.block[parts.slice(2).join('.')];
  return known === undefined ? null : `${architecture.blocks}.${parts[1]}.${known}.${ending}`;
}
