import type { Explanation, IndexedToken } from '../../core/explanation';
import { originOf } from '../../core/origin';
import type { Counterfactual } from '../../core/paraphrase';
import { isName } from '../../core/words';
import type { Model, Tokenizer } from '../model';
import { otherName } from '../syntax/rename';
import { Distribution } from './distribution';

/**
 * Puts another name of the same shape in the place of the one that the answer was copied from, everywhere on its line, and
 * runs the model again: a copy must follow. Piece for piece, so that as many tokens stay where they are. Costs a forward.
 *
 * @returns a reason where nothing is predicted
 */
export async function counterfactualOf(
  model: Model,
  explanation: Explanation,
  signal?: AbortSignal,
): Promise<Counterfactual | string> {
  const { tokens, target } = explanation;
  const { kind, from } = originOf(explanation);
  if (kind !== 'copied' || from === null)
    return 'nothing was copied, so another name at the source predicts nothing';
  const name = target.text.trim();
  const context = tokens.slice(0, target.index);
  const replaced = sameLine(context, from).filter(({ text }) => text.trim() === name);
  const text = context.map((token) => token.text).join('');
  const other = otherPiece(
    model.tokenizer,
    [...replaced.map((token) => token.text), target.text],
    name,
    text,
  );
  if (other === null) return `there is no other name of the shape of ‘${name}’ in one token`;

  const put = (token: string) => model.tokenizer.encode(token.replace(name, () => other))[0]!.id;
  const places = new Map(replaced.map((token) => [token.index, put(token.text)]));
  const changed = put(target.text);
  const ids = context.map(({ id, index }) => places.get(index) ?? id);
  const run = async (row: readonly number[]) => {
    const { logits } = await model.forward({ ids: [row], hooks: [], logits: [row.length - 1], signal });
    const distribution = new Distribution(logits!.data);
    return { old: distribution.probabilityOf(target.id), changed: distribution.probabilityOf(changed) };
  };
  const before = await run(context.map(({ id }) => id));
  const after = await run(ids);
  return {
    replaced: [...places.keys()],
    from: name,
    to: other,
    before,
    after,
    holds: before.old > before.changed && after.changed > after.old,
  };
}

/** The tokens of the line on which a token's text begins. */
function sameLine(context: readonly IndexedToken[], index: number): IndexedToken[] {
  const startsLine = ({ text }: IndexedToken) => text.includes('\n');
  let first = index;
  while (first > 0 && !startsLine(context[first]!)) first--;
  let last = index + 1;
  while (last < context.length && !startsLine(context[last]!)) last++;
  return context.slice(first, last);
}

/** Another piece of a name that is one token wherever the old one is. */
function otherPiece(
  tokenizer: Tokenizer,
  spellings: readonly string[],
  name: string,
  text: string,
): string | null {
  if (!isName(name)) return null;
  const sizeOf = (candidate: string) =>
    Math.max(
      ...spellings.map((spelling) => tokenizer.encode(spelling.replace(name, () => candidate)).length),
    );
  const other = otherName(name, text, sizeOf);
  return other !== null && sizeOf(other) === 1 ? other : null;
}
