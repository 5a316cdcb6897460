import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, numbersOf, type StoredType } from './floats';
import { normal, uniform } from './random';

export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A Llama configuration with what the reference computes from. */
export interface LlamaConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly hidden_act: string;
  readonly tie_word_embeddings: boolean;
  readonly attention_bias: boolean;
  readonly mlp_bias: boolean;
}

export interface ReferenceCheckpoint {
  readonly config: LlamaConfig;
  readonly tensors: ReadonlyMap<string, ReferenceTensor>;
}

/** Reads a folder with one safetensors file whole, as float64; apart from the engine's reader. */
export function readCheckpoint(folder: string): ReferenceCheckpoint {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as LlamaConfig;
  const file = readFileSync(join(folder, 'model.safetensors'));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<string, Entry>;
  const start = 8 + headerLength;
  const tensors = new Map<string, ReferenceTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [from, to] = entry.data_offsets;
    const data = numbersOf(file.subarray(start + from, start + to), entry.dtype);
    tensors.set(name, { shape: entry.shape, data });
  }
  return { config, tensors };
}

interface Entry {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export const tinyLlama: LlamaConfig = {
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 50,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
  attention_bias: false,
  mlp_bias: false,
};

/** Every tensor of a Llama checkpoint with its shape. */
function llamaShapes(config: LlamaConfig): [string, readonly number[]][] {
  const d = config.hidden_size;
  const queries = config.num_attention_heads * config.head_dim;
  const keys = config.num_key_value_heads * config.head_dim;
  const inner = config.intermediate_size;
  const shapes: [string, readonly number[]][] = [['model.embed_tokens.weight', [config.vocab_size, d]]];
  const linear = (name: string, outputs: number, inputs: number, biased: boolean) => {
    shapes.push([`${name}.weight`, [outputs, inputs]]);
    if (biased) shapes.push([`${name}.bias`, [outputs]]);
  };
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    shapes.push([`${at}.input_layernorm.weight`, [d]], [`${at}.post_attention_layernorm.weight`, [d]]);
    linear(`${at}.self_attn.q_proj`, queries, d, config.attention_bias);
    linear(`${at}.self_attn.k_proj`, keys, d, config.attention_bias);
    linear(`${at}.self_attn.v_proj`, keys, d, config.attention_bias);
    linear(`${at}.self_attn.o_proj`, d, queries, config.attention_bias);
    linear(`${at}.mlp.gate_proj`, inner, d, config.mlp_bias);
    linear(`${at}.mlp.up_proj`, inner, d, config.mlp_bias);
    linear(`${at}.mlp.down_proj`, d, inner, config.mlp_bias);
  }
  shapes.push(['model.norm.weight', [d]]);
  if (!config.tie_word_embeddings) shapes.push(['lm_head.weight', [config.vocab_size, d]]);
  return shapes;
}

/** Writes a random Llama checkpoint: weights large enough that attention and activations are far from linear. */
export function writeLlama(folder: string, config: LlamaConfig, type: StoredType, seed: number): void {
  const next = uniform(seed);
  const parts: Uint8Array[] = [];
  const header: Record<string, Entry> = {};
  let offset = 0;
  for (const [name, shape] of llamaShapes(config)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const gain = name.endsWith('norm.weight');
    const spread = gain ? 0.2 : name.endsWith('.bias') ? 0.3 : 1.5 / Math.sqrt(shape[1]!);
    const bytes = bytesOf(
      Array.from({ length: count }, () => Number(gain) + spread * normal(next)),
      type,
    );
    parts.push(bytes);
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([length, json, ...parts]));
  const full = { architectures: ['LlamaForCausalLM'], model_type: 'llama', ...config };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(full));
}
