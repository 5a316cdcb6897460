import type { Architecture } from '../architecture';
import { type Decoder, decoder, linear } from '../decoder';
import { gpt, gptHeads } from '../gpt';
import { rotaryTable } from '../operations/rotary';
import { separate } from '../projections';
import type { Settings } from '../settings';

/** GPT-J (Wang and Komatsuzaki 2021): both branches read one layer norm; neighbouring dimensions rotated. */
export function gptj(s: Settings): Architecture {
  const { heads, headSize } = gptHeads(s);
  const names = { q: 'attn.q_proj', k: 'attn.k_proj', v: 'attn.v_proj' };
  return parallelGpt(s, separate(names, false, { heads, keyHeads: heads, headSize }));
}

/** The matrix of queries, keys and values is stored for the four processors that the model was trained on. */
const processors = 4;

/** CodeGen (Nijkamp et al. 2022): GPT-J with one matrix for queries, values and keys. */
export function codegen(s: Settings): Architecture {
  const { heads, headSize } = gptHeads(s);
  const size = s.divide('n_embd', processors, 'the number of its parts');
  s.divide('n_head', processors, 'the number of its parts');
  s.optionalCount('n_ctx');
  return parallelGpt(s, (b, x, at) => {
    const all = linear(b, x, `${at}.attn.qkv_proj`, 3 * heads * headSize, false);
    const byProcessor = b.splitHeads(all, processors, 3 * size);
    const part = (index: number) => {
      const own = b.slice(byProcessor, index * size, (index + 1) * size);
      return b.splitHeads(b.mergeHeads(own), heads, headSize);
    };
    return { q: part(0), v: part(1), k: part(2) };
  });
}

function parallelGpt(s: Settings, project: Decoder['attention']['project']): Architecture {
  const { headSize } = gptHeads(s);
  s.expect('rotary', true);
  s.expect('scale_attn_weights', true);
  const width = s.count('rotary_dim', headSize);
  if (width > headSize || width % 2 !== 0) throw s.unsupported(`rotary_dim: ${width}`);
  const table = rotaryTable('full', width, 10_000, 'neighbours');
  const base = gpt(s, {
    attention: {
      project,
      rotary: () => table,
      scale: () => headSize ** -0.5,
      output: { name: 'attn.out_proj', bias: false },
    },
    mlp: {
      input: { name: 'mlp.fc_in', bias: true },
      output: { name: 'mlp.fc_out', bias: true },
      activation: 'gelu_new',
    },
    tied: false,
  });
  return decoder({
    ...base,
    norms: { beforeAttention: 'ln_1', beforeMlp: null },
    parallel: true,
    head: { ...base.head, bias: 'lm_head.bias' },
  });
}
