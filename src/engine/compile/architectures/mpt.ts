import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { linearSlopes } from '../operations/linearBias';
import { fused } from '../projections';
import type { Settings } from '../settings';

/** MPT (MosaicML 2023): no biases, and in place of positions scores that fall with the distance. */
export function mpt(s: Settings): Architecture {
  const hiddenSize = s.count('d_model');
  const heads = s.count('n_heads');
  const headSize = s.divide('d_model', heads, 'n_heads');
  const attention = s.within(s.group('attn_config'));
  attention.expect('attn_type', 'multihead_attention');
  attention.expect('prefix_lm', false);
  attention.expect('qk_ln', false);
  attention.expect('alibi', true);
  attention.expect('alibi_bias_max', 8);
  const limit = attention.optionalNumber('clip_qkv');
  const scale = attention.optionalNumber('softmax_scale') ?? headSize ** -0.5;
  attention.checkRead();
  s.expect('no_bias', true);
  s.expect('logit_scale', null);
  s.expect('expansion_ratio', 4);
  s.expect('norm_type', 'low_precision_layernorm');
  const embedding = 'transformer.wte.weight';
  return decoder({
    layers: s.count('n_layers'),
    hiddenSize,
    vocabularySize: s.count('vocab_size'),
    contextLength: s.count('max_seq_len', 2048),
    embedding: { weight: embedding },
    at: (layer) => `transformer.blocks.${layer}`,
    norm: { kind: 'layer', epsilon: s.positive('layer_norm_epsilon', 1e-5), biased: false },
    norms: { beforeAttention: 'norm_1', beforeMlp: 'norm_2' },
    attention: {
      ...{ heads, keyHeads: heads, headSize },
      project: fused('attn.Wqkv', false, { heads, keyHeads: heads, headSize }, 'outIn', (b, x) =>
        limit ? b.clamp(x, limit) : x,
      ),
      ...{ rotary: () => null, window: () => null, scale: () => scale },
      slopes: linearSlopes(heads),
      output: { name: 'attn.out_proj', bias: false },
    },
    mlp: {
      neurons: 4 * hiddenSize,
      activation: 'gelu',
      input: { plain: { name: 'ffn.up_proj', bias: false } },
      output: { name: 'ffn.down_proj', bias: false },
    },
    finalNorm: 'transformer.norm_f',
    head: { weight: s.flag('tie_word_embeddings', true) ? embedding : 'lm_head.weight' },
  });
}
