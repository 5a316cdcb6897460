import type { Architecture } from '../architecture';
import { decoder, type PartialDecoder } from '../decoder';
import { separate } from '../projections';
import type { Settings } from '../settings';

const norms = { layer: 'layer', rms: 'rms' } as const;

/**
 * The architecture of models built by hand, whose mechanism is known because somebody wrote it: learned positions,
 * attention with heads of any size, norms and MLPs only where the configuration has them. Its fields:
 * `vocab_size`, `n_positions`, `n_embd`, `n_layer`, `n_head`, `head_dim`; `n_inner`, without which there are no MLPs;
 * `activation_function` (relu); `norm` (layer, rms; none without it). Tensors: `wte`, `wpe`, `lm_head`, and in block
 * `h.0`: `attn.q`, `attn.k`, `attn.v`, `attn.o`, `mlp.in` and `mlp.out` with biases, `ln_1`, `ln_2`; `ln_f`.
 */
export function whenceTest(s: Settings): Architecture {
  const heads = s.count('n_head');
  const sizes = { heads, keyHeads: heads, headSize: s.count('head_dim') };
  const neurons = s.optionalCount('n_inner');
  const norm = s.optionalText('norm');
  if (norm !== undefined && !Object.hasOwn(norms, norm)) throw s.unsupported(`the norm ${norm}`);
  const normed = (name: string) => (norm === undefined ? null : name);
  const mlp: PartialDecoder['mlp'] =
    neurons === undefined
      ? null
      : {
          neurons,
          activation: s.text('activation_function', 'relu'),
          input: { plain: { name: 'mlp.in', bias: true } },
          output: { name: 'mlp.out', bias: true },
        };
  return decoder({
    layers: s.count('n_layer'),
    hiddenSize: s.count('n_embd'),
    vocabularySize: s.count('vocab_size'),
    contextLength: s.count('n_positions'),
    embedding: { weight: 'wte.weight', positions: 'wpe.weight' },
    at: (layer) => `h.${layer}`,
    norm: { kind: norms[norm as keyof typeof norms] ?? 'layer', epsilon: 1e-5 },
    norms: { beforeAttention: normed('ln_1'), beforeMlp: normed('ln_2') },
    attention: {
      ...sizes,
      project: separate({ q: 'attn.q', k: 'attn.k', v: 'attn.v' }, false, sizes),
      rotary: () => null,
      scale: () => 1,
      window: () => null,
      output: { name: 'attn.o', bias: false },
    },
    mlp,
    finalNorm: normed('ln_f'),
    head: { weight: 'lm_head.weight' },
  });
}
