import type { Architecture } from '../architecture';
import { type Decoder, decoder } from '../decoder';
import { attentionOutput, gatedMlp, type ModernDefaults, modern, queryKeyValue } from '../modern';
import { separate } from '../projections';
import { rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

/** Llama (Touvron et al. 2023) and what shares its shape: SmolLM2, TinyLlama, Code Llama, DeepSeek-Coder, Yi. */
export function llama(s: Settings): Architecture {
  return decoder(llamaDecoder(s, { context: 2048 }));
}

/** IBM's Granite (2024): Llama with a multiplier at each of its joints. */
export function granite(s: Settings): Architecture {
  const base = llamaDecoder(s, { context: 2048 });
  const scale = s.number('attention_multiplier', 1);
  return decoder({
    ...base,
    embedding: { ...base.embedding, scale: s.number('embedding_multiplier', 1) },
    attention: { ...base.attention, scale: () => scale },
    residualScale: s.number('residual_multiplier', 1),
    head: { ...base.head, scale: 1 / s.positive('logits_scaling', 1) },
  });
}

/** Llama's blocks, with biases where the configuration has them. */
export function llamaDecoder(s: Settings, defaults: ModernDefaults): Decoder {
  const base = modern(s, defaults);
  const bias = s.flag('attention_bias', false);
  // llama.cpp's files have the rows of queries and keys in this order; see checkpoint/gguf.
  const pairs = s.flag('rope_interleaved', false) ? 'neighbours' : 'halves';
  const table = rotaryOf(s, base.attention.headSize, { pairs, theta: defaults.theta });
  return {
    ...base,
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention),
      rotary: () => table,
      output: attentionOutput(bias),
    },
    mlp: gatedMlp(base.mlp.neurons, base.mlp.activation, s.flag('mlp_bias', false)),
  };
}
