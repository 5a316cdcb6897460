import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { windowsOf } from '../modern';
import type { Settings } from '../settings';
import { llamaDecoder } from './llama';

/** SmolLM3 (Hugging Face 2025): Llama of whose blocks every fourth reads no positions (Yang et al. 2025). */
export function smollm3(s: Settings): Architecture {
  const base = llamaDecoder(s, { context: 32_768, theta: 2_000_000, tied: true });
  const { attention, layers } = base;
  const every = s.count('no_rope_layer_interval', 4);
  const given = s.optionalBits('no_rope_layers');
  if (given && given.length < layers) {
    throw s.unsupported(`no_rope_layers for ${given.length} of ${layers} layers`);
  }
  // The name says the contrary: 1 stands for a block that turns its queries and keys.
  const turns = (layer: number) => (given ? given[layer] === 1 : (layer + 1) % every !== 0);
  const used = s.flag('use_sliding_window', false);
  const windows = windowsOf(s, (layer) => !turns(layer));
  return decoder({
    ...base,
    attention: {
      ...attention,
      rotary: (layer) => (turns(layer) ? attention.rotary(layer) : null),
      window: used ? windows : () => null,
    },
  });
}
