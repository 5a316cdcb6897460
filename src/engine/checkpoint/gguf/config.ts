import { closeSync, openSync, readSync } from 'node:fs';
import { WhenceError } from '../../../core/errors';
import type { GgufArchitecture } from './architectures';
import { broken, type GgufHeader, type GgufValue } from './header';

/** Keys that say how the model was made or stored and not what it computes. */
const harmless =
  /\.(vocab_size|rope\.dimension_count|rope\.dimension_sections|tensor_data_layout|attention\.layer_norm_(rms_)?epsilon|rope\.scaling\.finetuned)$/;

/**
 * The configuration that `transformers` would have for this file, in its version 4 spelling, with fields of ours for what
 * llama.cpp's converters do to the tensors: `rope_interleaved` (rotary pairs lie side by side), `norm_weight_offset` (what
 * the norms still add to their weights), `outputs_first` (layout of GPT-2's matrices), `fused_by_head` (order of the rows
 * in GPT-NeoX's).
 * @throws WhenceError `model-unsupported` for metadata that changes the function and has no counterpart here.
 */
export function ggufConfig(header: GgufHeader, architecture: GgufArchitecture): Record<string, unknown> {
  const keys = new Keys(header);
  const hidden = keys.number('embedding_length');
  const heads = keys.number('attention.head_count');
  const headSize = keys.optional('attention.key_length') ?? hidden / heads;
  const valueSize = keys.optional('attention.value_length') ?? headSize;
  if (headSize !== valueSize)
    throw unsupported(header, `keys of ${headSize} and values of ${valueSize} dimensions`);
  const layers = keys.number('block_count');
  const rotary = keys.optional('rope.dimension_count') ?? headSize;
  const epsilon =
    keys.optional('attention.layer_norm_rms_epsilon') ?? keys.optional('attention.layer_norm_epsilon');
  const embedding = header.tensors.get('token_embd.weight');
  if (!embedding) throw broken(header.path, 'it has no token_embd.weight');
  const has = (name: string) => header.tensors.has(name);
  const config: Record<string, unknown> = {
    architectures: [architecture.className],
    model_type: architecture.modelType,
    vocab_size: embedding.shape[0],
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keys.optional('attention.head_count_kv') ?? heads,
    head_dim: headSize,
    intermediate_size: keys.number('feed_forward_length'),
    max_position_embeddings: keys.number('context_length'),
    rms_norm_eps: epsilon,
    layer_norm_eps: epsilon,
    norm_epsilon: epsilon,
    rope_theta: keys.optional('rope.freq_base') ?? 10000,
    partial_rotary_factor: rotary / headSize,
    tie_word_embeddings: !has('output.weight'),
    bos_token_id: header.metadata.get('tokenizer.ggml.bos_token_id') ?? null,
    eos_token_id: header.metadata.get('tokenizer.ggml.eos_token_id') ?? null,
    ...biases(architecture.modelType, has),
    ...architecture.implied,
  };
  const scaling = ropeScaling(header, keys, config);
  if (scaling) config.rope_scaling = scaling;
  particulars(architecture, keys, config);
  keys.checkUsed(harmless);
  return config;
}

/** The fields that say where biases are, for the models that have such fields. */
function biases(modelType: string, has: (tensor: string) => boolean): Record<string, boolean> {
  const attention = has('blk.0.attn_q.bias');
  if (/^(llama|granite|smollm3)$/.test(modelType)) {
    return { attention_bias: attention, mlp_bias: has('blk.0.ffn_up.bias') };
  }
  if (/^(qwen3|gemma|olmo)/.test(modelType)) return { attention_bias: attention };
  if (modelType === 'stablelm') return { use_qkv_bias: attention };
  return modelType === 'starcoder2' ? { use_bias: attention } : {};
}

/** Keys that only some architectures have. */
function particulars(architecture: GgufArchitecture, keys: Keys, config: Record<string, unknown>): void {
  const copy = (key: string, name: string) => {
    const value = keys.optional(key);
    if (value !== null) config[name] = value;
  };
  windows(keys, config);
  copy('attn_logit_softcapping', 'attn_logit_softcapping');
  copy('final_logit_softcapping', 'final_logit_softcapping');
  copy('embedding_scale', 'embedding_multiplier');
  copy('residual_scale', 'residual_multiplier');
  copy('attention.scale', 'attention_multiplier');
  copy('logit_scale', 'logits_scaling');
  const parallel = keys.optional('use_parallel_residual');
  if (parallel !== null) config.use_parallel_residual = parallel === 1;
  copy('attention.clamp_kqv', 'clip_qkv');
  if (architecture.blocks === 'transformer.h') Object.assign(config, gptSettings(config));
  if (architecture.modelType === 'gemma2' || architecture.modelType === 'gemma3_text') {
    // The file leaves out what llama.cpp has in its code: the caps' and the query scale's usual values.
    const layers = config.num_hidden_layers as number;
    const hidden = config.hidden_size as number;
    const large = (architecture.modelType === 'gemma2' && layers === 46) || layers === 62;
    config.query_pre_attn_scalar = large ? hidden / (config.num_attention_heads as number) : config.head_dim;
    const local = keys.optional('rope.freq_base_swa') ?? 10000;
    if (architecture.modelType === 'gemma3_text') config.rope_local_base_freq = local;
  }
}

/** The sliding window, and where the file says it the blocks that have it. */
function windows(keys: Keys, config: Record<string, unknown>): void {
  const size = keys.optional('attention.sliding_window');
  const pattern = keys.flags('attention.sliding_window_pattern');
  if (!size) return;
  config.sliding_window = size;
  if (!pattern) return;
  config.layer_types = pattern.map((windowed) => (windowed ? 'sliding_attention' : 'full_attention'));
  if (/^qwen/.test(String(config.model_type))) config.use_sliding_window = true;
}

/** The same under the names that GPT-2 and its kin have. */
function gptSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    n_embd: config.hidden_size,
    n_head: config.num_attention_heads,
    n_layer: config.num_hidden_layers,
    n_inner: config.intermediate_size,
    n_positions: config.max_position_embeddings,
    layer_norm_epsilon: config.layer_norm_eps,
    // What rotary models have, these do not.
    ...{ rope_theta: null, partial_rotary_factor: null, max_position_embeddings: null },
  };
}

function ropeScaling(
  header: GgufHeader,
  keys: Keys,
  config: Record<string, unknown>,
): Record<string, unknown> | null {
  const type = keys.text('rope.scaling.type');
  const factor = keys.optional('rope.scaling.factor') ?? keys.optional('rope.scale_linear');
  const original = keys.optional('rope.scaling.original_context_length');
  const attention = keys.optional('rope.scaling.attn_factor');
  const factors = (name: string) => floats(header, name);
  const long = factors('rope_factors_long.weight');
  const short = factors('rope_factors_short.weight');
  if (long && short) {
    config.original_max_position_embeddings = original;
    return { rope_type: 'longrope', long_factor: long, short_factor: short, attention_factor: attention };
  }
  const frequencies = factors('rope_freqs.weight');
  if (frequencies) {
    // Llama 3's scaling, already worked out: one divisor for each frequency, at every length.
    config.original_max_position_embeddings = config.max_position_embeddings;
    return {
      rope_type: 'longrope',
      long_factor: frequencies,
      short_factor: frequencies,
      attention_factor: 1,
    };
  }
  if (type === 'yarn') {
    return {
      rope_type: 'yarn',
      factor,
      original_max_position_embeddings: original ?? config.max_position_embeddings,
    };
  }
  if ((type === 'linear' || type === null) && factor !== null && factor !== 1)
    return { rope_type: 'linear', factor };
  if (type === null || type === 'none' || type === 'linear') return null;
  throw unsupported(header, `rotary scaling "${type}"`);
}

function floats(header: GgufHeader, name: string): number[] | null {
  const tensor = header.tensors.get(name);
  if (!tensor) return null;
  if (tensor.type !== 'F32' || tensor.bytes > 65_536)
    throw broken(header.path, `${name} is no short list of numbers`);
  const data = new Float32Array(tensor.bytes / 4);
  const file = openSync(tensor.file, 'r');
  try {
    readSync(file, new Uint8Array(data.buffer), 0, tensor.bytes, tensor.offset);
  } finally {
    closeSync(file);
  }
  return [...data];
}

/** The metadata of the file's own architecture, and which of it has been looked at. */
class Keys {
  private readonly used = new Set<string>();
  private readonly prefix: string;

  constructor(private readonly header: GgufHeader) {
    this.prefix = `${String(header.metadata.get('general.architecture'))}.`;
  }

  number(key: string): number {
    const value = this.optional(key);
    if (value === null) throw broken(this.header.path, `it does not say its ${this.prefix}${key}`);
    return value;
  }

  /** A number or a truth value; of a list with one entry for every block, the one they share. */
  optional(key: string): number | null {
    const value = this.get(key);
    if (value === null) return null;
    const single = Array.isArray(value) && new Set(value).size === 1 ? (value[0] as GgufValue) : value;
    if (typeof single === 'boolean') return Number(single);
    if (typeof single === 'number' && Number.isFinite(single)) return single;
    throw unsupported(this.header, `a ${this.prefix}${key} that differs between blocks`);
  }

  text(key: string): string | null {
    const value = this.get(key);
    return typeof value === 'string' ? value : null;
  }

  /** A list of truth values; null where there is none. */
  flags(key: string): readonly boolean[] | null {
    const value = this.get(key);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'boolean') ? value : null;
  }

  /** Throws for the first key of the architecture that was neither read nor is known to be harmless. */
  checkUsed(ignored: RegExp): void {
    for (const key of this.header.metadata.keys()) {
      if (!key.startsWith(this.prefix) || this.used.has(key) || ignored.test(key)) continue;
      throw unsupported(
        this.header,
        `${key} = ${JSON.stringify(this.header.metadata.get(key)).slice(0, 60)}`,
      );
    }
  }

  private get(key: string): GgufValue | null {
    this.used.add(this.prefix + key);
    return this.header.metadata.get(this.prefix + key) ?? null;
  }
}

function unsupported(header: GgufHeader, what: string): WhenceError {
  return new WhenceError(
    'model-unsupported',
    `${header.path} uses ${what}, which Whence does not compute; choose another model.`,
  );
}
