import type { ExplainedToken, IndexedToken, NameUse } from '../../core/explanation';
import { roleOf, standsIn } from '../../core/nameUse';
import { wordClass } from '../../core/words';
import { textBefore } from '../checkpoint/infillText';
import type { Model } from '../model';
import { Distribution } from './distribution';
import { rowsIn } from './metric';
import type { Trace } from './trace';

/** A name of more tokens is looked at no further back. */
const longestName = 16;

/**
 * The name that a token belongs to, when it is used as part of an API: as a member, called or imported. What is declared
 * here, and members of the program's own object, may well stand further down: they are not looked at.
 */
export async function nameUseOf(
  model: Model,
  trace: Trace,
  tokens: readonly IndexedToken[],
  target: ExplainedToken,
  signal?: AbortSignal,
): Promise<NameUse | null> {
  const before = textBefore(model.tokenizer, trace.ids);
  const following = tokens[target.index]?.id === target.id ? tokens.slice(target.index + 1) : [];
  const all = [...trace.ids, target.id, ...following.map(({ id }) => id)];
  const written = textBefore(model.tokenizer, all).slice(before.length);
  const ahead = new RegExp(String.raw`^(\s*)(${wordClass}*)`, 'u').exec(written);
  const [, lead, tail] = ahead as unknown as [string, string, string];
  if (tail === '') return null;
  const head = lead === '' ? new RegExp(`${wordClass}*$`, 'u').exec(before)![0] : '';
  const text = head + tail;
  const start = before.length - head.length;
  const preceding = before.slice(0, start) + lead;
  const after = written.slice(lead.length + tail.length);
  const role = roleOf(text, preceding, after);
  if (role === null) return null;

  let first = target.index;
  const isOfName = (token: IndexedToken) => token.end > start && token.end > token.start;
  while (first > 1 && target.index - first < longestName && isOfName(tokens[first - 1]!)) first--;
  const probability = target.probability * (await headProbability(model, trace, first, signal));
  return { text, first, role, probability, inContext: standsIn(preceding, text, after !== '') };
}

/** The probability of the name's tokens before the target, each after all before it. */
async function headProbability(
  model: Model,
  { ids, residuals }: Trace,
  first: number,
  signal?: AbortSignal,
): Promise<number> {
  const positions = Array.from({ length: ids.length - first }, (_, at) => first - 1 + at);
  if (positions.length === 0) return 1;
  const { hiddenSize } = model.info;
  const stream = residuals.at(-1)!.data;
  const rows = stream.slice(positions[0]! * hiddenSize, (positions.at(-1)! + 1) * hiddenSize);
  const logits = await model.readout({ dims: [1, positions.length, hiddenSize], data: rows }, signal);
  return rowsIn(logits.data, positions.length).reduce(
    (product, row, at) => product * new Distribution(row).probabilityOf(ids[positions[at]! + 1]!),
    1,
  );
}
