import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { gpt, gptHeads } from '../gpt';
import { fused, fusedByHead } from '../projections';
import type { Settings } from '../settings';

/** GPT-2 (Radford et al. 2019): learned positions, matrices stored with their inputs first. */
export function gpt2(s: Settings): Architecture {
  const { heads, headSize } = gptHeads(s);
  s.expect('add_cross_attention', false);
  const scale = s.flag('scale_attn_weights', true) ? headSize ** -0.5 : 1;
  const byLayer = s.flag('scale_attn_by_inverse_layer_idx', false);
  // llama.cpp's files have the matrices the other way round; see checkpoint/gguf.
  const layout = s.flag('outputs_first', false) ? 'outIn' : 'inOut';
  const base = gpt(s, {
    attention: {
      project: fused('attn.c_attn', true, { heads, keyHeads: heads, headSize }, layout),
      rotary: () => null,
      scale: (layer) => (byLayer ? scale / (layer + 1) : scale),
      output: { name: 'attn.c_proj', bias: true, layout },
    },
    mlp: {
      input: { name: 'mlp.c_fc', bias: true, layout },
      output: { name: 'mlp.c_proj', bias: true, layout },
      activation: 'gelu_new',
    },
    tied: true,
  });
  return decoder({ ...base, embedding: withPositions(base.embedding) });
}

/** StarCoder and SantaCoder (GPT-BigCode, 2023): GPT-2 whose heads share one key and value. */
export function gptBigCode(s: Settings): Architecture {
  const { heads, headSize } = gptHeads(s);
  s.expect('add_cross_attention', false);
  const shared = s.flag('multi_query', true);
  const scale = s.flag('scale_attn_weights', true) ? headSize ** -0.5 : 1;
  const sizes = { heads, keyHeads: shared ? 1 : heads, headSize };
  const base = gpt(s, {
    attention: {
      keyHeads: sizes.keyHeads,
      project: shared ? fused('attn.c_attn', true, sizes) : fusedByHead('attn.c_attn', true, sizes),
      rotary: () => null,
      scale: () => scale,
      output: { name: 'attn.c_proj', bias: true },
    },
    mlp: {
      input: { name: 'mlp.c_fc', bias: true },
      output: { name: 'mlp.c_proj', bias: true },
      activation: 'gelu_pytorch_tanh',
    },
    tied: true,
  });
  return decoder({ ...base, embedding: withPositions(base.embedding) });
}

function withPositions({ weight }: { readonly weight: string }) {
  return { weight, positions: weight.replace(/wte/, 'wpe') };
}
