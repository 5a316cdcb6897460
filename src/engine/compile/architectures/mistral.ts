import type { Architecture } from '../architecture';
import { decoder } from '../decoder';
import { modern, windowsOf } from '../modern';
import type { Settings } from '../settings';

/** Mistral (Jiang et al. 2023): Llama with a sliding window in every block. */
export function mistral(s: Settings): Architecture {
  const base = modern(s, { context: 131_072 });
  return decoder({ ...base, attention: { ...base.attention, window: windowsOf(s, () => true) } });
}
