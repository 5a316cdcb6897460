import type { ExplainedToken, IndexedToken, NameUse } from '../../core/explanation';
import type { Model } from '../model';
import { Distribution } from './distribution';
import { rowsIn } from './metric';
import type { Trace } from './trace';

const word = /[\p{L}\p{N}_$]/u;
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
  const before = model.tokenizer.decode(trace.ids);
  const following = tokens[target.index]?.id === target.id ? tokens.slice(target.index + 1) : [];
  const written = model.tokenizer
    .decode([...trace.ids, target.id, ...following.map(({ id }) => id)])
    .slice(before.length);
  const [, lead, tail] = /^(\s*)([\p{L}\p{N}_$]*)/u.exec(written) as unknown as [string, string, string];
  if (tail === '') return null;
  const head = lead === '' ? /[\p{L}\p{N}_$]*$/u.exec(before)![0] : '';
  const text = head + tail;
  const start = before.length - head.length;
  const preceding = before.slice(0, start) + lead;
  const after = written.slice(lead.length + tail.length);
  const role = roleOf(preceding, after);
  if (role === null || /^\p{N}/u.test(text)) return null;

  let first = target.index;
  while (first > 1 && target.index - first < longestName && tokens[first - 1]!.end > start) first--;
  const probability = target.probability * (await headProbability(model, trace, first, signal));
  return { text, first, role, probability, inContext: standsIn(preceding, text, after !== '') };
}

function roleOf(preceding: string, after: string): NameUse['role'] | null {
  if (/(?:\b(?:self|this|cls|super)|super\(\))\.\s*$/.test(preceding)) return null;
  if (/\.\s*$/.test(preceding) && !/(?:\.\.|\b\d+\.)\s*$/.test(preceding)) return 'member';
  const line = preceding.slice(preceding.lastIndexOf('\n') + 1);
  if (/^\s*from\s+\S+\s+import\s[^#;]*$/.test(line) || /^\s*import\s*(?:type\s*)?\{[^}]*$/.test(line))
    return 'import';
  // At the start of a line a name with arguments may be a method that is declared.
  const declared = /\b(?:def|function|class|fn|func|interface|get|set|static|async)\s*\*?\s*$/.test(line);
  return after.startsWith('(') && line.trim() !== '' && !declared ? 'call' : null;
}

/** Whether the text has the name, or while it is unfinished one that begins so. */
function standsIn(text: string, name: string, finished: boolean): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const begins = !word.test(text[at - 1] ?? '');
    const ends = !finished || !word.test(text[at + name.length] ?? '');
    if (begins && ends) return true;
  }
  return false;
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
