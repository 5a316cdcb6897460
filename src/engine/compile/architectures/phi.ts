import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { modern, queryKeyValue, windowsOf } from '../modern';
import { fused, separate } from '../projections';
import { rotaryOf } from '../rotarySettings';
import type { Settings } from '../settings';

/** Phi 1, 1.5 and 2 (Li et al. 2023): both branches read one layer norm of the block's input; biases everywhere. */
export function phi(s: Settings): Architecture {
  const base = modern(s, { context: 2048 });
  const { headSize } = base.attention;
  const table = rotaryOf(s, headSize, { part: 0.5 });
  const epsilon = s.positive('layer_norm_eps', 1e-5);
  const normed = s.flag('qk_layernorm', false);
  return decoder({
    ...base,
    norm: { kind: 'layer', epsilon },
    norms: { beforeAttention: 'input_layernorm', beforeMlp: null },
    parallel: true,
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, true, base.attention),
      queryKeyNorm: (b, x, part, at, name) => {
        const tensor = `${at}.self_attn.${part}_layernorm`;
        const style = { name: `${name}.${part}_norm`, kind: 'layer', epsilon } as const;
        return normed ? b.norm(x, { ...style, weight: `${tensor}.weight`, bias: `${tensor}.bias` }) : x;
      },
      rotary: () => table,
      output: { name: 'self_attn.dense', bias: true },
    },
    mlp: {
      neurons: base.mlp.neurons,
      activation: s.text('hidden_act', 'gelu_new'),
      input: { plain: { name: 'mlp.fc1', bias: true } },
      output: { name: 'mlp.fc2', bias: true },
    },
    finalNorm: 'model.final_layernorm',
    head: { ...base.head, bias: 'lm_head.bias' },
  });
}

/** Phi 3 and 4 (Abdin et al. 2024): Llama with fused matrices, a window, and angles stretched for long texts. */
export function phi3(s: Settings): Architecture {
  const base = modern(s, { context: 4096, epsilon: 1e-5 });
  return decoder({
    ...base,
    attention: {
      ...base.attention,
      project: fused('self_attn.qkv_proj', false, base.attention),
      window: windowsOf(s, () => true),
    },
    mlp: { ...base.mlp, input: { fused: { name: 'mlp.gate_up_proj', bias: false } } },
  });
}
