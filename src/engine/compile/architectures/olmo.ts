import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { attentionOutput, modern, queryKeyValue } from '../modern';
import { separate } from '../projections';
import { rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

/** OLMo (Groeneveld et al. 2024): layer norms without weights, queries, keys and values optionally bounded. */
export function olmo(s: Settings): Architecture {
  const base = modern(s, { context: 2048 });
  const bias = s.flag('attention_bias', false);
  const limit = s.optionalNumber('clip_qkv');
  const pairs = s.flag('rope_interleaved', false) ? 'neighbours' : 'halves';
  const table = rotaryOf(s, base.attention.headSize, { pairs });
  return decoder({
    ...base,
    norm: { kind: 'layer', epsilon: 1e-5, weighted: false },
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention, (b, x) => (limit ? b.clamp(x, limit) : x)),
      rotary: () => table,
      output: attentionOutput(bias),
    },
  });
}

/** OLMo 2 (2024): norms after the branches instead of before, and of all queries and all keys together. */
export function olmo2(s: Settings): Architecture {
  const base = modern(s, { context: 2048, epsilon: 1e-5 });
  const bias = s.flag('attention_bias', false);
  const { headSize } = base.attention;
  return decoder({
    ...base,
    norms: {
      beforeAttention: null,
      afterAttention: 'post_attention_layernorm',
      beforeMlp: null,
      afterMlp: 'post_feedforward_layernorm',
    },
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention),
      queryKeyNorm: (b, x, part, at, name) => {
        const weight = `${at}.self_attn.${part}_norm.weight`;
        const all = b.norm(b.mergeHeads(x), { ...base.norm, name: `${name}.${part}_norm`, weight });
        return b.splitHeads(all, Number(x.dims[2]), headSize);
      },
      output: attentionOutput(bias),
    },
  });
}
