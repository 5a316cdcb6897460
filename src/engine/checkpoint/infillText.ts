import type { Tokenizer } from '../model';
import { infillOf } from './fillInMiddle';

/** The text that ids spell up to their last one: without what stands behind a gap that is being filled in. */
export function textBefore(tokenizer: Tokenizer, ids: readonly number[]): string {
  const infill = infillOf(ids, (id) => id, tokenizer.fillInMiddle);
  if (!infill) return tokenizer.decode(ids);
  const { lead, before, suffix, middle, written } = infill;
  return tokenizer.decode([...lead, ...before, suffix, middle, ...written]);
}
