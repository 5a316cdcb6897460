import type { TextRange } from '../../core/text';
import { replaced } from '../../core/whatIf';
import { infillOf } from '../checkpoint/fillInMiddle';
import type { Tokenizer } from '../model';

/**
 * A context read anew after ranges of its text were replaced; the prompt format's tokens stay. Where a gap is filled in, what
 * stands before it, in it and behind it is read apart, as the model does; a range that is in two of them stays as it is.
 * @param ahead characters that `ranges` count after the context's own, before what stands behind a gap
 */
export function reread(
  tokenizer: Tokenizer,
  context: readonly number[],
  ranges: readonly TextRange[],
  replacement: string,
  ahead: number,
): readonly number[] {
  const idsOf = (tokens: readonly { readonly id: number }[]) => tokens.map(({ id }) => id);
  const infill = infillOf(context, (id) => id, tokenizer.fillInMiddle);
  if (!infill) {
    const first = context.findIndex((id) => !tokenizer.isSpecial(id));
    const now = replaced(tokenizer.decode(context), ranges, replacement);
    return [...context.slice(0, first), ...idsOf(tokenizer.encode(now))];
  }
  const { lead, suffix, middle } = infill;
  const text = tokenizer.decode(context);
  const before = tokenizer.decode(infill.before).length;
  const written = text.length - tokenizer.decode([...lead, suffix, ...infill.after, middle]).length - before;
  const part = (start: number, length: number, shift: number) => {
    const own = ranges
      .map((range) => ({ start: range.start - start - shift, end: range.end - start - shift }))
      .filter((range) => range.start >= 0 && range.end <= length);
    return replaced(text.slice(start, start + length), own, replacement);
  };
  const gap = before + written;
  return [
    ...lead,
    ...idsOf(tokenizer.encode(part(0, before, 0))),
    suffix,
    ...idsOf(tokenizer.encodeBehind(part(gap, text.length - gap, ahead))),
    middle,
    ...idsOf(tokenizer.encodeBehind(part(before, written, 0))),
  ];
}
