import type { Architecture } from '../architecture';
import { type Decoder, decoder, type NormStyle } from '../decoder';
import { attentionOutput, gatedMlp, modern, queryKeyValue, windowsOf } from '../modern';
import { separate } from '../projections';
import { rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

const tanhGelu = 'gelu_pytorch_tanh';

/** Gemma (2024): Llama with scaled embeddings, GELU, and gains stored as their distance from 1. */
export function gemma(s: Settings): Architecture {
  const named = s.text('hidden_activation', s.text('hidden_act', tanhGelu));
  // The first configurations say `gelu` and mean its approximation, which the model was trained with.
  return decoder(gemmaDecoder(s, named === 'gelu' ? tanhGelu : named));
}

/** Gemma 2 (2024): norms around each branch, soft caps, a window in every second block. */
export function gemma2(s: Settings): Architecture {
  // The first configurations have the window twice.
  s.expect('sliding_window_size', s.optionalCount('sliding_window') ?? null);
  const base = around(s, gemmaDecoder(s, s.text('hidden_activation', tanhGelu)));
  const window = windowsOf(s, (layer) => layer % 2 === 0);
  const cap = s.optionalNumber('attn_logit_softcapping');
  return decoder({ ...base, attention: { ...base.attention, window, cap } });
}

/** Gemma 3's language model (2025): five windowed blocks to each full one, with angles of their own, and head norms. */
export function gemma3(s: Settings, prefix = 'model'): Architecture {
  const base = around(s, gemmaDecoder(s, s.text('hidden_activation', tanhGelu), prefix));
  const pattern = s.count('sliding_window_pattern', 6);
  const window = windowsOf(s, (layer) => (layer + 1) % pattern !== 0);
  // The configuration has this field, but the model does not apply it.
  s.optionalNumber('attn_logit_softcapping');
  const { headSize } = base.attention;
  const full = rotaryOf(s, headSize, { theta: 1_000_000 });
  const local = localRotary(s, headSize);
  return decoder({
    ...base,
    attention: {
      ...base.attention,
      window,
      rotary: (layer) => (window(layer) === null ? full : local),
      queryKeyNorm: (b, x, part, at, name) =>
        b.norm(x, {
          ...base.norm,
          name: `${name}.${part}_norm`,
          weight: `${at}.self_attn.${part}_norm.weight`,
        }),
    },
  });
}

/** What Gemma 3 with its eyes leaves out of the language model's settings. */
const withEyes = {
  ...{ vocab_size: 262_208, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256 },
  ...{ max_position_embeddings: 131_072, rope_theta: 1_000_000 },
};

/** The language model inside Gemma 3's larger sizes, which also see; pictures are not read. */
export function gemma3WithEyes(s: Settings): Architecture {
  const inner = s.within({ ...withEyes, ...s.group('text_config') });
  const newer = s.hasTensor('model.language_model.embed_tokens.weight');
  const described = gemma3(inner, newer ? 'model.language_model' : 'language_model.model');
  inner.checkRead();
  return described;
}

/** The angles of windowed blocks, in either spelling; never scaled in the older one. */
function localRotary(s: Settings, headSize: number) {
  const sliding = s.group('rope_parameters').sliding_attention;
  const theta = s.number('rope_local_base_freq', 10_000);
  const parameters = sliding ?? { rope_theta: theta };
  return rotaryOf(s.within({ rope_parameters: parameters }), headSize, { name: 'local', theta });
}

function gemmaDecoder(s: Settings, activation: string, prefix?: string): Decoder {
  const base = modern(s, { context: 8192, headSize: 256, tied: true, prefix });
  const bias = s.flag('attention_bias', false);
  s.expect('use_bidirectional_attention', false);
  // In llama.cpp's files the gains are whole; see checkpoint/gguf.
  const offset: NormStyle['offset'] = s.number('norm_weight_offset', 1) === 0 ? 0 : 1;
  return {
    ...base,
    embedding: { ...base.embedding, scale: Math.fround(Math.sqrt(base.hiddenSize)) },
    norm: { ...base.norm, offset },
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention),
      output: attentionOutput(bias),
    },
    mlp: gatedMlp(base.mlp.neurons, activation),
  };
}

/** What Gemma 2 and 3 share. */
function around(s: Settings, base: Decoder): Decoder {
  const scale = s.positive('query_pre_attn_scalar', 256) ** -0.5;
  return {
    ...base,
    norms: {
      beforeAttention: 'input_layernorm',
      afterAttention: 'post_attention_layernorm',
      beforeMlp: 'pre_feedforward_layernorm',
      afterMlp: 'post_feedforward_layernorm',
    },
    attention: { ...base.attention, scale: () => scale },
    head: { ...base.head, cap: s.optionalNumber('final_logit_softcapping') },
  };
}
