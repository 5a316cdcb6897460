import { Edited } from '../../core/edits';
import type { Paraphrase, VariantKind } from '../../core/paraphrase';
import type { TextRange } from '../../core/text';
import type { Tokenizer } from '../model';
import type { Grammars, SyntaxNode } from '../syntax/grammars';
import { commentsOf, reindented, spread } from '../syntax/layout';
import { otherName, type Renamable, renamables, renaming } from '../syntax/rename';

/** A program that ends with an answer. */
export interface Answered {
  readonly text: string;
  readonly language: string | null;
  /** The answer, without the white space before it, as far as its name goes. */
  readonly answer: TextRange;
  /** What the answer came from, the strongest first. */
  readonly sources: readonly TextRange[];
}

/** The same program written otherwise. */
export interface Rewritten {
  readonly kind: VariantKind;
  readonly change: string;
  readonly edited: Edited;
}

interface Rewritings {
  readonly rewritten: readonly Rewritten[];
  readonly skipped: Paraphrase['skipped'];
}

/**
 * The program with a variable renamed, with another indentation, without a comment: each keeps its meaning. The
 * variable is the answer's own where it has one, else one that the answer came from, else any; the comment is the last that
 * brought nothing.
 */
export async function rewritings(
  grammars: Grammars,
  tokenizer: Tokenizer,
  program: Answered,
): Promise<Rewritings> {
  const { text, language, answer } = program;
  const tree = await grammars.parse(text, language);
  if (!tree) {
    const reason = 'there is no grammar for this language, so nothing can be rewritten safely';
    return {
      rewritten: [],
      skipped: (['rename', 'reformat', 'comment'] as const).map((kind) => ({ kind, reason })),
    };
  }
  const tried: readonly (readonly [VariantKind, Omit<Rewritten, 'kind'> | string])[] = [
    ['rename', renamed(tree, tokenizer, program)],
    [
      'reformat',
      text.slice(answer.start, answer.end).trim() === ''
        ? 'the answer is layout itself'
        : laidOut(tree, text),
    ],
    ['comment', uncommented(tree, program)],
  ];
  return {
    rewritten: tried.flatMap(([kind, found]) => (typeof found === 'string' ? [] : [{ kind, ...found }])),
    skipped: tried.flatMap(([kind, found]) => (typeof found === 'string' ? [{ kind, reason: found }] : [])),
  };
}

function renamed(
  tree: SyntaxNode,
  tokenizer: Tokenizer,
  { text, answer, sources }: Answered,
): Omit<Rewritten, 'kind'> | string {
  const sizeOf = (name: string) => tokenizer.encode(` ${name}`).length;
  const inside = ({ places }: Renamable, range: TextRange) =>
    places.some(({ start, end }) => start < range.end && range.start < end);
  // A name of which the context has the beginning cannot become another one there.
  const whole = renamables(tree, text).filter(({ places }) =>
    places.every(({ start, end }) => start >= answer.start || end <= answer.start),
  );
  for (const range of [answer, ...sources, { start: 0, end: answer.start }]) {
    const variable = whole.find((candidate) => inside(candidate, range));
    const to = variable && otherName(variable.name, text, sizeOf);
    if (!variable || to === null || to === undefined) continue;
    const edited = new Edited(text, renaming(variable, to));
    return { change: `‘${variable.name}’ renamed to ‘${to}’`, edited };
  }
  return 'there is no local variable that can be renamed';
}

function laidOut(tree: SyntaxNode, text: string): Omit<Rewritten, 'kind'> | string {
  const indentation = reindented(tree, text);
  if (indentation) return { change: 'indented otherwise', edited: new Edited(text, indentation) };
  const lines = spread(tree, text);
  if (lines) return { change: 'empty lines between statements', edited: new Edited(text, lines) };
  return 'there is nothing to lay out otherwise';
}

function uncommented(tree: SyntaxNode, { text, sources }: Answered): Omit<Rewritten, 'kind'> | string {
  const all = commentsOf(tree, text);
  if (all.length === 0) return 'there is no comment';
  const free = all.filter(
    ({ change }) => !sources.some(({ start, end }) => start < change.end && change.start < end),
  );
  const last = free.at(-1);
  if (!last) return 'the answer came from every comment there is';
  return {
    change: `without the comment ‘${last.text.slice(0, 40)}’`,
    edited: new Edited(text, [last.change]),
  };
}
