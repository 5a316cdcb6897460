import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { fused, fusedByHead } from '../projections';
import { contextOf, rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

/** GPT-NeoX (Black et al. 2022) and Pythia: parallel branches with a layer norm each, a quarter of each head rotated. */
export function gptNeox(s: Settings): Architecture {
  const heads = s.count('num_attention_heads');
  const headSize = s.divide('hidden_size', heads, 'num_attention_heads');
  const theta = s.number('rotary_emb_base', 10_000);
  const table = rotaryOf(s, headSize, { part: s.number('rotary_pct', 0.25), theta });
  const bias = s.flag('attention_bias', true);
  const sizes = { heads, keyHeads: heads, headSize };
  // llama.cpp's files have the rows of this matrix in another order; see checkpoint/gguf.
  const project = s.flag('fused_by_head', true) ? fusedByHead : fused;
  const embedding = 'gpt_neox.embed_in.weight';
  return decoder({
    layers: s.count('num_hidden_layers'),
    hiddenSize: s.count('hidden_size'),
    vocabularySize: s.count('vocab_size'),
    contextLength: contextOf(s, 2048),
    embedding: { weight: embedding },
    at: (layer) => `gpt_neox.layers.${layer}`,
    norm: { kind: 'layer', epsilon: s.positive('layer_norm_eps', 1e-5) },
    norms: { beforeAttention: 'input_layernorm', beforeMlp: 'post_attention_layernorm' },
    parallel: s.flag('use_parallel_residual', true),
    attention: {
      ...sizes,
      project: project('attention.query_key_value', bias, sizes),
      rotary: () => table,
      scale: () => headSize ** -0.5,
      window: () => null,
      output: { name: 'attention.dense', bias },
    },
    mlp: {
      neurons: s.count('intermediate_size'),
      activation: s.text('hidden_act', 'gelu'),
      input: { plain: { name: 'mlp.dense_h_to_4h', bias: true } },
      output: { name: 'mlp.dense_4h_to_h', bias: true },
    },
    finalNorm: 'gpt_neox.final_layer_norm',
    head: { weight: s.flag('tie_word_embeddings', false) ? embedding : 'embed_out.weight' },
  });
}
