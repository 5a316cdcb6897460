import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { modern, queryKeyValue } from '../modern';
import { separate } from '../projections';
import { rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

/** StableLM 2 and 3B (2024): layer norms, a quarter of each head rotated, optionally parallel and with head norms. */
export function stablelm(s: Settings): Architecture {
  const base = modern(s, { context: 4096 });
  const { headSize } = base.attention;
  const table = rotaryOf(s, headSize, { part: 0.25 });
  const epsilon = s.positive('layer_norm_eps', 1e-5);
  const normed = s.flag('qk_layernorm', false);
  const parallel = s.flag('use_parallel_residual', false);
  return decoder({
    ...base,
    norm: { kind: 'layer', epsilon },
    norms: {
      beforeAttention: 'input_layernorm',
      beforeMlp: parallel ? null : 'post_attention_layernorm',
    },
    parallel,
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, s.flag('use_qkv_bias', false), base.attention),
      queryKeyNorm: (b, x, part, at, name) => {
        if (!normed) return x;
        const weights = Array.from(
          { length: Number(x.dims[2]) },
          (_, head) => `${at}.self_attn.${part}_layernorm.norms.${head}.weight`,
        );
        const style = { name: `${name}.${part}_norm`, kind: 'layer', epsilon, weight: null } as const;
        return b.headGain(b.norm(x, style), weights);
      },
      rotary: () => table,
    },
  });
}
