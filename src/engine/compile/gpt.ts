import type { Decoder, DecoderMlp, Matrix } from './decoder';
import type { Settings } from './settings';

/** What the models named after GPT share: the names of their settings and tensors, biased layer norms, a plain MLP. */
export function gpt(
  s: Settings,
  parts: {
    readonly attention: Omit<Decoder['attention'], 'keyHeads' | 'headSize' | 'heads' | 'window'> &
      Partial<Pick<Decoder['attention'], 'keyHeads'>>;
    readonly mlp: { readonly input: Matrix; readonly output: Matrix; readonly activation: string };
    readonly tied: boolean;
  },
): Decoder {
  const hiddenSize = s.count('n_embd');
  const heads = s.count('n_head');
  // Files of the bare model, without its unembedding, leave the prefix out.
  const prefix = s.hasTensor('wte.weight') ? '' : 'transformer.';
  const embedding = `${prefix}wte.weight`;
  const { input, output, activation } = parts.mlp;
  const mlp: DecoderMlp = {
    neurons: s.optionalCount('n_inner') ?? 4 * hiddenSize,
    activation: s.text('activation_function', activation),
    input: { plain: input },
    output,
  };
  return {
    layers: s.count('n_layer'),
    hiddenSize,
    vocabularySize: s.count('vocab_size'),
    contextLength: s.count('n_positions'),
    embedding: { weight: embedding },
    at: (layer) => `${prefix}h.${layer}`,
    norm: { kind: 'layer', epsilon: s.positive('layer_norm_epsilon', 1e-5) },
    norms: { beforeAttention: 'ln_1', beforeMlp: 'ln_2' },
    attention: {
      heads,
      keyHeads: heads,
      headSize: s.divide('n_embd', heads, 'n_head'),
      window: () => null,
      ...parts.attention,
    },
    mlp,
    finalNorm: `${prefix}ln_f`,
    head: { weight: s.flag('tie_word_embeddings', parts.tied) ? embedding : 'lm_head.weight' },
  };
}

/** Heads and their size, as `gpt` reads them. */
export function gptHeads(s: Settings): { readonly heads: number; readonly headSize: number } {
  const heads = s.count('n_head');
  return { heads, headSize: s.divide('n_embd', heads, 'n_head') };
}
