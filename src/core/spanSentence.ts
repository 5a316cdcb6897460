import type { AnswerKind, AnswerPart } from './answer';
import { place, words } from './answerParts';
import type { SpanToken } from './explanation';

/** In the order in which they are told, with what each is said with. */
const told: readonly (readonly [AnswerKind, string])[] = [
  ['copied', 'copied'],
  ['composed', 'composed from the context'],
  ['recalled', 'recalled from the weights'],
  ['unknown', 'not known well enough to say'],
];

/**
 * Where the tokens of a span came from: `Of these 5 tokens 3 were copied (most from line 2) and 2 recalled from the
 * weights.` White space is left out as long as there is anything else.
 */
export function spanSentence(span: readonly SpanToken[], lineOf: (index: number) => number): AnswerPart[] {
  const printed = span.filter(({ text }) => text.trim() !== '');
  const counted = printed.length > 0 ? printed : span;
  const kinds = told.flatMap(([kind, said]) => {
    const members = counted.filter(({ origin }) => origin.kind === kind);
    return members.length === 0 ? [] : [{ said, members }];
  });
  const total = counted.length === 1 ? 'This token' : `Of these ${counted.length} tokens`;
  return [
    words(total),
    ...kinds.flatMap(({ said, members }, at): AnswerPart[] => {
      const joint = at === 0 ? ' ' : at === kinds.length - 1 ? ' and ' : ', ';
      const verb = at > 0 ? '' : members.length === 1 ? 'was ' : 'were ';
      const count =
        counted.length === 1 ? '' : members.length === counted.length ? 'all ' : `${members.length} `;
      const text = `${joint}${count}${verb}${said}`;
      return [words(text), ...(said === 'copied' ? fromWords(members, lineOf) : [])];
    }),
    words('.'),
  ];
}

/** ` (from line 2)` when that is where all of them come from, ` (most from line 2)`, or ` (from line 2 and others)`. */
function fromWords(copied: readonly SpanToken[], lineOf: (index: number) => number): AnswerPart[] {
  const byLine = new Map<number, number[]>();
  for (const { origin } of copied) {
    if (origin.from === null) continue;
    const line = lineOf(origin.from);
    byLine.set(line, [...(byLine.get(line) ?? []), origin.from]);
  }
  const [most] = [...byLine.values()].sort((a, b) => b.length - a.length);
  if (!most) return [];
  const mostly = byLine.size > 1 && 2 * most.length > copied.length ? 'most ' : '';
  const others = byLine.size > 1 && mostly === '' ? ' and others)' : ')';
  return [words(` (${mostly}from `), place(most[0]!, lineOf), words(others)];
}

/** The text of a span. */
export function spanText(span: readonly SpanToken[]): string {
  return span.map(({ text }) => text).join('');
}
