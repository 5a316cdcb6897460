/** What llama.cpp calls the parts of an architecture, against the names that `transformers` gives them. */
export interface GgufArchitecture {
  /** `model_type` and `architectures` of the configuration it stands for. */
  readonly modelType: string;
  readonly className: string;
  /** Names of tensors outside and inside of blocks, without `.weight` and `.bias`. */
  readonly outer: Readonly<Record<string, string>>;
  readonly block: Readonly<Record<string, string>>;
  /** Its converter reorders query and key rows so that rotary pairs lie side by side. */
  readonly interleaved: boolean;
  /** Its converter adds the 1 that the model itself adds to the weights of every norm. */
  readonly norms: 'plain' | 'plus-one';
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

function describe(
  modelType: string,
  className: string,
  block: Readonly<Record<string, string>>,
  conversion: Partial<Pick<GgufArchitecture, 'interleaved' | 'norms'>> = {},
): GgufArchitecture {
  return { modelType, className, outer, block, interleaved: false, norms: 'plain', ...conversion };
}

/** By `general.architecture`. Names and conversions: llama.cpp, gguf-py/gguf/constants.py and convert_hf_to_gguf.py. */
export const ggufArchitectures: ReadonlyMap<string, GgufArchitecture> = new Map([
  [
    'llama',
    describe('llama', 'LlamaForCausalLM', { ...attention, ...gated, ...normsBefore }, { interleaved: true }),
  ],
  [
    'granite',
    describe(
      'granite',
      'GraniteForCausalLM',
      { ...attention, ...gated, ...normsBefore },
      { interleaved: true },
    ),
  ],
  ['qwen2', describe('qwen2', 'Qwen2ForCausalLM', { ...attention, ...gated, ...normsBefore })],
  [
    'qwen3',
    describe('qwen3', 'Qwen3ForCausalLM', { ...attention, ...queryKeyNorms, ...gated, ...normsBefore }),
  ],
  [
    'gemma',
    describe('gemma', 'GemmaForCausalLM', { ...attention, ...gated, ...normsBefore }, { norms: 'plus-one' }),
  ],
  [
    'gemma2',
    describe(
      'gemma2',
      'Gemma2ForCausalLM',
      { ...attention, ...gated, ...normsAround },
      { norms: 'plus-one' },
    ),
  ],
  [
    'gemma3',
    describe(
      'gemma3_text',
      'Gemma3ForCausalLM',
      { ...attention, ...queryKeyNorms, ...gated, ...normsAround },
      { norms: 'plus-one' },
    ),
  ],
  [
    'olmo2',
    describe('olmo2', 'Olmo2ForCausalLM', { ...attention, ...queryKeyNorms, ...gated, ...normsAfter }),
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
  ['stablelm', describe('stablelm', 'StableLmForCausalLM', { ...attention, ...gated, ...normsBefore })],
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
  return known === undefined ? null : `model.layers.${parts[1]}.${known}.${ending}`;
}
