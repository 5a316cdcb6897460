import { Cursor, type NameKind } from './cursor';
import { lex } from './lexer';
import type { Names } from './names';
import { emptyDraft, type FileKind, readStatement } from './parser';

/** What may be written at a place of a circuit file, and what may be named there. */
export interface ExpectedHere {
  /** Where the word begins that is being written. */
  readonly start: number;
  /** Words of the language, or several in a row as `at least`. */
  readonly words: readonly string[];
  readonly kinds: readonly NameKind[];
  /** What the file has declared above. */
  readonly declared: Names;
  /** Inside a text, where slots may be filled in, or a model named; then nothing else is expected. */
  readonly inText: boolean;
}

/**
 * What may come next, as the parser itself asks for it when the text ends there: a word that it learns is expected
 * here without being listed again. Nothing is expected in a comment.
 */
export function expectedAt(text: string, offset: number, kind: FileKind = 'circuit'): ExpectedHere {
  const start = offset - /[\w-]*$/.exec(text.slice(0, offset))![0].length;
  const above = text.slice(0, start);
  const { lexemes, diagnostics } = lex(above);
  const draft = emptyDraft();
  const last = lexemes.at(-2);
  const nothing = { start, words: [], kinds: [], declared: draft.names, inText: false };
  if (last?.kind === 'comment' && last.end === above.length) return nothing;

  const cursor = new Cursor(lexemes);
  while (!cursor.atEnd) readStatement(cursor, draft, above, kind);
  const open = diagnostics.at(-1);
  if (open?.end === above.length && above[open.start] === '"') {
    const asked = cursor.askedAtEnd.names;
    return { ...nothing, inText: true, kinds: asked.has('model') ? ['model'] : [] };
  }
  const begins = lexemes.findLast(({ kind }) => kind !== 'comment' && kind !== 'end');
  if (!begins || begins.kind === 'newline') readStatement(cursor, draft, above, kind);
  const { words, names } = cursor.askedAtEnd;
  return { ...nothing, words: [...words], kinds: [...names] };
}
