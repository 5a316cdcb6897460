import type { Decoder, DecoderMlp } from './decoder';
import { type HeadSizes, separate } from './projections';
import { contextOf, rotaryOf } from './rotarySettings';
import type { Settings } from './settings';

export interface ModernDefaults {
  /** `max_position_embeddings` where the configuration has none. */
  readonly context: number;
  readonly theta?: number;
  readonly epsilon?: number;
  /** `tie_word_embeddings` where the configuration has none. */
  readonly tied?: boolean;
  readonly headSize?: number;
  /** What the names of the tensors begin with. */
  readonly prefix?: string;
}

/** Names of the attention's matrices as most models have them. */
export const queryKeyValue = { q: 'self_attn.q_proj', k: 'self_attn.k_proj', v: 'self_attn.v_proj' };
export const attentionOutput = (bias: boolean) => ({ name: 'self_attn.o_proj', bias });

function headSizesOf(s: Settings, otherwise?: number): HeadSizes {
  const heads = s.count('num_attention_heads');
  const keyHeads = s.count('num_key_value_heads', heads);
  s.divide('num_attention_heads', keyHeads, 'num_key_value_heads');
  const given = s.optionalCount('head_dim') ?? otherwise;
  return { heads, keyHeads, headSize: given ?? s.divide('hidden_size', heads, 'num_attention_heads') };
}

/** A gated MLP with a matrix for each of its branches. */
export function gatedMlp(neurons: number, activation: string, bias = false): DecoderMlp {
  return {
    neurons,
    activation,
    input: { gate: { name: 'mlp.gate_proj', bias }, value: { name: 'mlp.up_proj', bias } },
    output: { name: 'mlp.down_proj', bias },
  };
}

/**
 * What most models since Llama share: root-mean-square norms before each branch, rotary positions, grouped-query
 * attention without biases, a gated MLP. Each model's description says in what it differs.
 */
export function modern(s: Settings, defaults: ModernDefaults): Decoder {
  const sizes = headSizesOf(s, defaults.headSize);
  const table = rotaryOf(s, sizes.headSize, { theta: defaults.theta });
  const { prefix = 'model' } = defaults;
  const embedding = `${prefix}.embed_tokens.weight`;
  return {
    layers: s.count('num_hidden_layers'),
    hiddenSize: s.count('hidden_size'),
    vocabularySize: s.count('vocab_size'),
    contextLength: contextOf(s, defaults.context),
    embedding: { weight: embedding },
    at: (layer) => `${prefix}.layers.${layer}`,
    norm: { kind: 'rms', epsilon: s.positive('rms_norm_eps', defaults.epsilon ?? 1e-6) },
    norms: { beforeAttention: 'input_layernorm', beforeMlp: 'post_attention_layernorm' },
    attention: {
      ...sizes,
      project: separate(queryKeyValue, false, sizes),
      rotary: () => table,
      scale: () => sizes.headSize ** -0.5,
      window: () => null,
      output: attentionOutput(false),
    },
    mlp: gatedMlp(s.count('intermediate_size'), s.text('hidden_act', 'silu')),
    finalNorm: `${prefix}.norm`,
    head: { weight: s.flag('tie_word_embeddings', defaults.tied ?? false) ? embedding : 'lm_head.weight' },
  };
}

/**
 * The window of each block: from `layer_types` where the configuration has it, otherwise as `otherwise` says which
 * blocks have one.
 */
export function windowsOf(
  s: Settings,
  otherwise: (layer: number) => boolean,
): (layer: number) => number | null {
  const types = s.optionalTexts('layer_types');
  const size = s.optionalCount('sliding_window') ?? null;
  const other = types?.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
  if (other !== undefined) throw s.unsupported(`layers of the type ${other}`);
  const layers = s.count('num_hidden_layers');
  if (types && types.length !== layers) {
    throw s.unsupported(`${types.length} layer_types for ${layers} layers`);
  }
  return (layer) => ((types ? types[layer] === 'sliding_attention' : otherwise(layer)) ? size : null);
}
