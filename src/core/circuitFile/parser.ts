import type { AuditFinding, Continues } from './audit';
import { continues, control, finding } from './audits';
import { claim, quantifier } from './claims';
import { Cursor, Misread, misread } from './cursor';
import { type Lexeme, lex } from './lexer';
import { circuitLimits } from './limits';
import { declared, type Names, parts, place } from './names';
import { promptSource } from './prompts';
import { lineAt } from './spans';
import type { CircuitFile, Diagnostic, Expectation, PromptSource, Slot, Written } from './syntax';
import { wholeFaults } from './whole';
import type { Keyword } from './words';

/** The two kinds of file that the language has. */
export type FileKind = 'circuit' | 'audit';

/** Facts of which a file states one at most. */
type Single = FileKind | 'describe' | 'model' | 'language' | 'answer' | 'contrast';
const single: readonly Single[] = ['describe', 'model', 'language', 'answer', 'contrast'];

/** What was read so far. */
export interface Draft {
  readonly facts: Map<Single, Written>;
  readonly names: Names;
  readonly slots: Slot[];
  readonly prompts: PromptSource[];
  readonly expectations: Expectation[];
  /** Of an audit: what each prompt is compared with; null as long as nothing was said. */
  readonly controls: (PromptSource | null)[];
  readonly continues: Continues[];
  readonly findings: AuditFinding[];
}

export interface Parsed {
  /** Null when there is a mistake. */
  readonly file: CircuitFile | null;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a circuit file; its grammar is docs/circuit-language.md. A mistake costs the statement it stands in, not the
 * ones after it, so several are told at once.
 */
export function parseCircuit(text: string): Parsed {
  const { draft, diagnostics } = readFile(text, 'circuit', wholeFaults);
  return { file: diagnostics.length === 0 ? fileOf(draft) : null, diagnostics };
}

/** Reads all statements of a file, and judges the whole where each of them was right. Mistakes in the order of the text. */
export function readFile(
  text: string,
  kind: FileKind,
  faultsOf: (draft: Draft) => readonly Diagnostic[],
): { readonly draft: Draft; readonly diagnostics: readonly Diagnostic[] } {
  const draft = emptyDraft();
  if (text.length > circuitLimits.characters) {
    const message = `The file has ${text.length} characters, more than ${circuitLimits.characters}: split it.`;
    return { draft, diagnostics: [{ start: 0, end: 0, message }] };
  }
  const { lexemes, diagnostics } = lex(text);
  const cursor = new Cursor(lexemes);
  while (!cursor.atEnd && diagnostics.length < circuitLimits.diagnostics) {
    const fault = readStatement(cursor, draft, text, kind);
    if (fault) diagnostics.push(fault);
  }
  // What a mistaken statement would have declared seems missing, so the whole is judged only where all was read.
  if (diagnostics.length === 0) diagnostics.push(...faultsOf(draft));
  diagnostics.sort((a, b) => a.start - b.start);
  return { draft, diagnostics: diagnostics.slice(0, circuitLimits.diagnostics) };
}

export function emptyDraft(): Draft {
  return {
    facts: new Map(),
    names: { slots: new Set(), groups: new Map(), places: new Map() },
    slots: [],
    prompts: [],
    expectations: [],
    controls: [],
    continues: [],
    findings: [],
  };
}

/** Reads a statement to its end and adds it to the draft; a mistake in it is returned. */
export function readStatement(cursor: Cursor, draft: Draft, text: string, kind: FileKind): Diagnostic | null {
  try {
    statement(cursor, draft, text, kind);
    if (!cursor.atEnd) cursor.of('newline');
    return null;
  } catch (thrown) {
    if (!(thrown instanceof Misread)) throw thrown;
    cursor.skipStatement();
    return thrown.diagnostic;
  }
}

function fileOf({ facts, slots, prompts, expectations }: Draft): CircuitFile {
  const value = (fact: Single) => facts.get(fact)?.value ?? null;
  return {
    name: value('circuit')!,
    description: value('describe'),
    model: value('model'),
    language: value('language'),
    slots,
    prompts,
    answer: value('answer')!,
    contrast: value('contrast'),
    expectations,
  };
}

type Reader = (cursor: Cursor, draft: Draft, first: Lexeme, text: string) => void;

/** What can begin a statement in either kind of file. */
const readers: Readonly<Record<FileKind, readonly (readonly [Keyword, Reader])[]>> = {
  circuit: [
    ...factsOf('circuit'),
    ['slot', slot],
    ['prompt', prompt],
    ['group', group],
    ['place', namedPlace],
    ['expect', expectation],
  ],
  audit: [
    ...factsOf('audit'),
    ['slot', slot],
    ['prompt', prompt],
    ['control', control],
    ['continue', continues],
    ['finding', finding],
  ],
};

function factsOf(kind: FileKind): (readonly [Keyword, Reader])[] {
  return [kind, ...single].map((fact) => [
    fact,
    (cursor, draft, first) => singleFact(cursor, draft, fact, first, kind),
  ]);
}

function statement(cursor: Cursor, draft: Draft, text: string, kind: FileKind): void {
  const first = cursor.next;
  if (first.kind === 'newline') return;
  const known = readers[kind].find(([word]) => cursor.takes(word));
  if (known) known[1](cursor, draft, first, text);
  else cursor.fail(`a statement: ${readers[kind].map(([word]) => `“${word}”`).join(', ')}`);
}

function singleFact(cursor: Cursor, { facts }: Draft, fact: Single, first: Lexeme, kind: FileKind): void {
  const written =
    fact === 'language'
      ? cursor.name('language', 'a language as VS Code names it, as python')
      : cursor.text(
          fact === kind ? `the name of the ${kind}` : `the ${fact}`,
          fact === 'model' ? fact : undefined,
        );
  if (facts.has(fact)) misread(first, `“${fact}” stands in the file already: ${article[kind]} has one.`);
  facts.set(fact, written);
}

const article: Readonly<Record<FileKind, string>> = { circuit: 'a circuit', audit: 'an audit' };

function slot(cursor: Cursor, { names, slots }: Draft, first: Lexeme): void {
  const own: string[] = [];
  do {
    const name = declared(cursor, 'slot', names);
    own.push(name);
    names.slots.add(name);
  } while (cursor.takes('and'));
  cursor.of('colon');
  const rows = cursor.list(() => {
    const row = [cursor.text('a value')];
    while (cursor.takes('and')) row.push(cursor.text('a value'));
    if (row.length !== own.length) {
      const message = `Expected ${own.length} values joined by “and”, one for each of ${own.join(', ')}; found ${row.length}.`;
      misread({ start: row[0]!.start, end: cursor.passed }, message);
    }
    return row.map(({ value }) => value);
  });
  slots.push({ names: own, rows, start: first.start, end: cursor.passed });
}

function prompt(cursor: Cursor, { prompts, controls }: Draft): void {
  prompts.push(promptSource(cursor, 'prompt'));
  controls.push(null);
}

function group(cursor: Cursor, { names }: Draft): void {
  const name = declared(cursor, 'group', names);
  cursor.of('colon');
  const members = cursor.list(() => parts(cursor, names));
  names.groups.set(name, [...new Set(members.flatMap((member) => member.names))]);
}

function namedPlace(cursor: Cursor, { names }: Draft): void {
  const name = declared(cursor, 'place', names);
  cursor.of('colon');
  names.places.set(name, place(cursor, names));
}

function expectation(cursor: Cursor, { names, expectations }: Draft, first: Lexeme, text: string): void {
  const claimed = claim(cursor, names);
  const cases = quantifier(cursor, claimed);
  const end = cursor.passed;
  if (expectations.length === circuitLimits.expectations) {
    misread(first, `A file has ${circuitLimits.expectations} expectations at most: split it.`);
  }
  expectations.push({
    text: text.slice(first.end, end).replaceAll(/\s+/g, ' ').trim(),
    line: lineAt(text, first.start) + 1,
    claim: claimed,
    quantifier: cases,
    start: first.start,
    end,
  });
}
