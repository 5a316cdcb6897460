import type { Architecture } from '../architecture';
import { type Decoder, decoder } from '../decoder';
import { attentionOutput, modern, queryKeyValue, windowsOf } from '../modern';
import { separate } from '../projections';
import type { Settings } from '../settings';

/** Qwen 2 and 2.5 (Yang et al. 2024): Llama with biases of queries, keys and values. */
export function qwen2(s: Settings): Architecture {
  const base = modern(s, { context: 32_768 });
  const project = separate(queryKeyValue, true, base.attention);
  return decoder({ ...base, attention: { ...base.attention, project, window: laterWindows(s) } });
}

/** Qwen 3 (2025): norms of every head's query and key in place of the biases. */
export function qwen3(s: Settings): Architecture {
  const base = modern(s, { context: 32_768, headSize: 128 });
  const bias = s.flag('attention_bias', false);
  const { epsilon } = base.norm;
  return decoder({
    ...base,
    attention: {
      ...base.attention,
      project: separate(queryKeyValue, bias, base.attention),
      queryKeyNorm: (b, x, part, at, name) =>
        b.norm(x, {
          name: `${name}.${part}_norm`,
          kind: 'rms',
          epsilon,
          weight: `${at}.self_attn.${part}_norm.weight`,
        }),
      window: laterWindows(s),
      output: attentionOutput(bias),
    },
  });
}

/** Where windows are used at all, the first blocks go without. */
function laterWindows(s: Settings): Decoder['attention']['window'] {
  const first = s.number('max_window_layers', 28);
  const used = s.flag('use_sliding_window', false);
  const windows = windowsOf(s, (layer) => layer >= first);
  return used ? windows : () => null;
}
