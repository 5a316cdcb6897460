import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { attentionOutput, modern, queryKeyValue, windowsOf } from '../modern';
import { separate } from '../projections';
import type { Settings } from '../settings';

/** StarCoder 2 (Lozhkov et al. 2024): layer norms, biases, a plain MLP and a window. */
export function starcoder2(s: Settings): Architecture {
  const base = modern(s, { context: 4096, tied: true });
  const bias = s.flag('use_bias', true);
  s.expect('norm_type', 'layer_norm');
  s.expect('mlp_type', 'default');
  return decoder({
    ...base,
    norm: { kind: 'layer', epsilon: s.positive('norm_epsilon', 1e-5) },
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention),
      window: windowsOf(s, () => true),
      output: attentionOutput(bias),
    },
    mlp: {
      neurons: base.mlp.neurons,
      activation: s.text('hidden_act', 'gelu_pytorch_tanh'),
      input: { plain: { name: 'mlp.c_fc', bias } },
      output: { name: 'mlp.c_proj', bias },
    },
  });
}
