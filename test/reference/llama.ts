import type { ReferenceCheckpoint } from './checkpoint';

/** Values of one text, without a batch dimension. */
export interface Array64 {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export interface ReferenceRun {
  readonly hooks: ReadonlyMap<string, Array64>;
  /** [S, V]. */
  readonly logits: Array64;
}

/** Changes a value where a hook stands, in place. */
export type Change = (value: Array64) => void;

/**
 * The Llama function in plain loops over float64, written from its definition (Touvron et al. 2023; rotary positions
 * after Su et al. 2021) and sharing nothing with the engine: what the engine is tested against.
 */
export function runLlama(
  { config, tensors }: ReferenceCheckpoint,
  ids: readonly number[],
  changes: Readonly<Record<string, Change>> = {},
): ReferenceRun {
  const hooks = new Map<string, Array64>();
  const length = ids.length;
  const { hidden_size: width, head_dim: size, num_attention_heads: heads } = config;
  const { num_key_value_heads: keyHeads, intermediate_size: inner, vocab_size: vocabulary } = config;
  const tensor = (name: string) => tensors.get(name)!.data;

  const hook = (name: string, dims: readonly number[], data: Float64Array): Float64Array => {
    changes[name]?.({ dims, data });
    hooks.set(name, { dims, data: data.slice() });
    return data;
  };

  const linear = (x: Float64Array, name: string, outputs: number): Float64Array => {
    const inputs = x.length / length;
    const weight = tensor(`${name}.weight`);
    const bias = tensors.get(`${name}.bias`)?.data;
    const y = new Float64Array(length * outputs);
    for (let s = 0; s < length; s++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias ? bias[o]! : 0;
        for (let i = 0; i < inputs; i++) sum += x[s * inputs + i]! * weight[o * inputs + i]!;
        y[s * outputs + o] = sum;
      }
    }
    return y;
  };

  const norm = (x: Float64Array, name: string, weight: string): Float64Array => {
    const scale = new Float64Array(length);
    for (let s = 0; s < length; s++) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x[s * width + i]! ** 2;
      scale[s] = Math.sqrt(squares / width + config.rms_norm_eps);
    }
    hook(`${name}.hook_scale`, [length, 1], scale);
    const normalized = x.map((value, index) => value / scale[Math.floor(index / width)]!);
    hook(`${name}.hook_normalized`, [length, width], normalized);
    return normalized.map((value, index) => value * tensor(`${weight}.weight`)[index % width]!);
  };

  /** Turns dimension i and i + size/2 of every head as one pair. */
  const rotate = (x: Float64Array, count: number): Float64Array => {
    const y = new Float64Array(x.length);
    for (let s = 0; s < length; s++) {
      for (let h = 0; h < count; h++) {
        const at = (s * count + h) * size;
        for (let i = 0; i < size / 2; i++) {
          const angle = s * config.rope_theta ** ((-2 * i) / size);
          const a = x[at + i]!;
          const b = x[at + i + size / 2]!;
          y[at + i] = a * Math.cos(angle) - b * Math.sin(angle);
          y[at + i + size / 2] = b * Math.cos(angle) + a * Math.sin(angle);
        }
      }
    }
    return y;
  };

  const attend = (q: Float64Array, k: Float64Array, v: Float64Array, name: string): Float64Array => {
    const scores = new Float64Array(heads * length * length).fill(Number.NEGATIVE_INFINITY);
    const keyHead = (head: number) => Math.floor((head * keyHeads) / heads);
    for (let h = 0; h < heads; h++) {
      for (let s = 0; s < length; s++) {
        for (let t = 0; t <= s; t++) {
          let dot = 0;
          for (let i = 0; i < size; i++) {
            dot += q[(s * heads + h) * size + i]! * k[(t * keyHeads + keyHead(h)) * size + i]!;
          }
          scores[(h * length + s) * length + t] = dot / Math.sqrt(size);
        }
      }
    }
    const square = [heads, length, length];
    hook(`${name}.hook_attn_scores`, square, scores);
    const pattern = new Float64Array(scores.length);
    for (let row = 0; row < heads * length; row++) {
      const values = scores.subarray(row * length, (row + 1) * length);
      const largest = Math.max(...values);
      const powers = values.map((value) => Math.exp(value - largest));
      const total = powers.reduce((a, b) => a + b, 0);
      pattern.set(
        powers.map((value) => value / total),
        row * length,
      );
    }
    hook(`${name}.hook_pattern`, square, pattern);
    const z = new Float64Array(length * heads * size);
    for (let h = 0; h < heads; h++) {
      for (let s = 0; s < length; s++) {
        for (let t = 0; t < length; t++) {
          const weight = pattern[(h * length + s) * length + t]!;
          for (let i = 0; i < size; i++) {
            z[(s * heads + h) * size + i]! += weight * v[(t * keyHeads + keyHead(h)) * size + i]!;
          }
        }
      }
    }
    return hook(`${name}.hook_z`, [length, heads, size], z);
  };

  const add = (a: Float64Array, b: Float64Array) => a.map((value, index) => value + b[index]!);
  const stream = [length, width];

  const embedding = tensor('model.embed_tokens.weight');
  let x = new Float64Array(length * width);
  for (const [s, id] of ids.entries()) x.set(embedding.subarray(id * width, (id + 1) * width), s * width);
  hook('hook_embed', stream, x);

  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const block = `blocks.${layer}`;
    const attn = `${block}.attn`;
    x = hook(`${block}.hook_resid_pre`, stream, x.slice()) as Float64Array<ArrayBuffer>;
    const read = norm(x, `${block}.ln1`, `${at}.input_layernorm`);
    const project = (part: string, count: number) =>
      hook(
        `${attn}.hook_${part}`,
        [length, count, size],
        linear(read, `${at}.self_attn.${part}_proj`, count * size),
      );
    const q = project('q', heads);
    const k = project('k', keyHeads);
    const v = project('v', keyHeads);
    const turnedQ = hook(`${attn}.hook_rot_q`, [length, heads, size], rotate(q, heads));
    const turnedK = hook(`${attn}.hook_rot_k`, [length, keyHeads, size], rotate(k, keyHeads));
    const attended = linear(attend(turnedQ, turnedK, v, attn), `${at}.self_attn.o_proj`, width);
    const between = add(x, hook(`${block}.hook_attn_out`, stream, attended));
    hook(`${block}.hook_resid_mid`, stream, between);

    const seen = norm(between, `${block}.ln2`, `${at}.post_attention_layernorm`);
    const gate = hook(`${block}.mlp.hook_pre`, [length, inner], linear(seen, `${at}.mlp.gate_proj`, inner));
    const up = hook(
      `${block}.mlp.hook_pre_linear`,
      [length, inner],
      linear(seen, `${at}.mlp.up_proj`, inner),
    );
    const post = gate.map((value, index) => (value / (1 + Math.exp(-value))) * up[index]!);
    hook(`${block}.mlp.hook_post`, [length, inner], post);
    const written = hook(`${block}.hook_mlp_out`, stream, linear(post, `${at}.mlp.down_proj`, width));
    x = add(between, written) as Float64Array<ArrayBuffer>;
    hook(`${block}.hook_resid_post`, stream, x);
  }

  const final = norm(x, 'ln_final', 'model.norm');
  const unembedding = config.tie_word_embeddings ? 'model.embed_tokens' : 'lm_head';
  return { hooks, logits: { dims: [length, vocabulary], data: linear(final, unembedding, vocabulary) } };
}
