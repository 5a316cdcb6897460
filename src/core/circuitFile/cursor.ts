import type { TextRange } from '../text';
import type { Lexeme, LexemeKind } from './lexer';
import type { Diagnostic, Written } from './syntax';
import type { Keyword } from './words';

/** Thrown inside the parser alone: the rest of the statement is given up, the next one is read. */
export class Misread extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

const inWords: Readonly<Record<LexemeKind, string>> = {
  word: 'a name',
  number: 'a number',
  string: 'a text in double quotes',
  pattern: 'a pattern between slashes',
  comma: 'a comma',
  colon: 'a colon',
  comment: 'a comment',
  newline: 'the end of the line',
  end: 'the end of the file',
};

/** Things that are asked for by what they are, not by a word of the language. */
export type NameKind = 'part' | 'head' | 'neuron' | 'place' | 'language' | 'model';

/** What the parser asked for where the text breaks off: what may be written there. */
export interface Asked {
  /** Words, or several in a row as `at least`. */
  readonly words: Set<string>;
  readonly names: Set<NameKind>;
}

/** Reads the pieces of a file one after another; comments are passed over. */
export class Cursor {
  private index = 0;
  private readonly lexemes: readonly Lexeme[];
  readonly askedAtEnd: Asked = { words: new Set(), names: new Set() };

  constructor(lexemes: readonly Lexeme[]) {
    this.lexemes = lexemes.filter(({ kind }) => kind !== 'comment');
  }

  /** The next piece; at the end of the file always the `end`. */
  get next(): Lexeme {
    return this.lexemes[this.index]!;
  }

  nextIs(kind: LexemeKind): boolean {
    return this.next.kind === kind;
  }

  /** Where the piece before the next one ends. */
  get passed(): number {
    return this.lexemes[this.index - 1]?.end ?? 0;
  }

  get atEnd(): boolean {
    return this.next.kind === 'end';
  }

  take(): Lexeme {
    const taken = this.next;
    if (!this.atEnd) this.index++;
    return taken;
  }

  /** Whether the words come next, where they would be right. */
  sees(...words: readonly Keyword[]): boolean {
    this.asks(words);
    return this.stands(...words);
  }

  /** Whether the words come next, where they would be wrong. */
  stands(...words: readonly Keyword[]): boolean {
    return words.every((word, ahead) => this.wordAt(ahead) === word);
  }

  /** Takes the words if they are what comes next. */
  takes(...words: readonly Keyword[]): boolean {
    if (!this.sees(...words)) return false;
    for (const _ of words) this.take();
    return true;
  }

  words(...words: readonly Keyword[]): void {
    for (const [index, word] of words.entries()) {
      this.asks(words.slice(index));
      if (!this.stands(word)) this.fail(`“${words.join(' ')}”`);
      this.take();
    }
  }

  /** One of the words, which is returned. */
  oneOf<const T extends Keyword>(what: string, words: readonly T[]): T {
    const word = words.find((candidate) => this.takes(candidate));
    if (word) return word;
    const list = words.map((candidate) => `“${candidate}”`).join(', ');
    return this.fail(`${what}: ${list}`);
  }

  /** A word that is no word of the language. */
  name(kind: NameKind, what: string): Lexeme {
    if (this.atEnd) this.askedAtEnd.names.add(kind);
    return this.of('word', what);
  }

  of(kind: LexemeKind, what = inWords[kind]): Lexeme {
    if (this.next.kind !== kind) this.fail(what);
    return this.take();
  }

  /** @param kind what the text names, where it can be offered */
  text(what: string, kind?: NameKind): Written {
    if (this.atEnd && kind) this.askedAtEnd.names.add(kind);
    const { value, start, end } = this.of('string', `${what} in double quotes`);
    return { value, start, end };
  }

  /** Things separated by commas, after each of which the line may end. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.nextIs('comma')) {
      this.take();
      while (this.nextIs('newline')) this.take();
      items.push(item());
    }
    return items;
  }

  /** Notes what would go on from where the text breaks off. */
  private asks(words: readonly Keyword[]): void {
    for (const [ahead, word] of words.entries()) {
      if (this.lexemes[this.index + ahead]?.kind === 'end') {
        this.askedAtEnd.words.add(words.slice(ahead).join(' '));
        return;
      }
      if (this.wordAt(ahead) !== word) return;
    }
  }

  private wordAt(ahead: number): string | null {
    const lexeme = this.lexemes[this.index + ahead];
    return lexeme?.kind === 'word' ? lexeme.value : null;
  }

  fail(expected: string): never {
    const { start, end, kind, raw } = this.next;
    const found = kind === 'word' || kind === 'number' ? `“${raw}”` : inWords[kind];
    throw new Misread({ start, end, message: `Expected ${expected}, found ${found}.` });
  }

  /** To the end of the statement: a list goes on after a comma. */
  skipStatement(): void {
    for (let before: LexemeKind = 'end'; !this.atEnd; ) {
      const { kind } = this.take();
      if (kind === 'newline' && before !== 'comma') return;
      if (kind !== 'newline') before = kind;
    }
  }
}

/** Gives up the statement because of something that stands at a known place. */
export function misread({ start, end }: TextRange, message: string): never {
  throw new Misread({ start, end, message });
}
