import { claim, quantifier } from './claims';
import { Cursor, Misread, misread } from './cursor';
import { type Lexeme, lex } from './lexer';
import { circuitLimits } from './limits';
import { declared, type Names, parts, place } from './names';
import { lineAt } from './spans';
import type { CircuitFile, Diagnostic, Expectation, PromptSource, Slot, Written } from './syntax';
import { wholeFaults } from './whole';
import type { Keyword } from './words';

/** Facts of which a file states one at most. */
const single = ['circuit', 'describe', 'model', 'language', 'answer', 'contrast'] as const;
type Single = (typeof single)[number];

/** What was read so far. */
export interface Draft {
  readonly facts: Map<Single, Written>;
  readonly names: Names;
  readonly slots: Slot[];
  readonly prompts: PromptSource[];
  readonly expectations: Expectation[];
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
  if (text.length > circuitLimits.characters) {
    const message = `The file has ${text.length} characters, more than ${circuitLimits.characters}: split it.`;
    return { file: null, diagnostics: [{ start: 0, end: 0, message }] };
  }
  const { lexemes, diagnostics } = lex(text);
  const draft = emptyDraft();
  const cursor = new Cursor(lexemes);
  while (!cursor.atEnd && diagnostics.length < circuitLimits.diagnostics) {
    const fault = readStatement(cursor, draft, text);
    if (fault) diagnostics.push(fault);
  }
  // What a mistaken statement would have declared seems missing, so the whole is judged only where all was read.
  if (diagnostics.length === 0) diagnostics.push(...wholeFaults(draft));
  diagnostics.sort((a, b) => a.start - b.start);
  return {
    file: diagnostics.length === 0 ? fileOf(draft) : null,
    diagnostics: diagnostics.slice(0, circuitLimits.diagnostics),
  };
}

export function emptyDraft(): Draft {
  return {
    facts: new Map(),
    names: { slots: new Set(), groups: new Map(), places: new Map() },
    slots: [],
    prompts: [],
    expectations: [],
  };
}

/** Reads a statement to its end and adds it to the draft; a mistake in it is returned. */
export function readStatement(cursor: Cursor, draft: Draft, text: string): Diagnostic | null {
  try {
    statement(cursor, draft, text);
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

const statements: readonly Keyword[] = [...single, 'slot', 'prompt', 'group', 'place', 'expect'];

function statement(cursor: Cursor, draft: Draft, text: string): void {
  const first = cursor.next;
  if (first.kind === 'newline') return;
  const fact = single.find((word) => cursor.takes(word));
  if (fact) singleFact(cursor, draft, fact, first);
  else if (cursor.takes('slot')) slot(cursor, draft, first);
  else if (cursor.takes('prompt')) prompt(cursor, draft);
  else if (cursor.takes('group')) group(cursor, draft);
  else if (cursor.takes('place')) namedPlace(cursor, draft);
  else if (cursor.takes('expect')) expectation(cursor, draft, first, text);
  else cursor.fail(`a statement: ${statements.map((word) => `“${word}”`).join(', ')}`);
}

function singleFact(cursor: Cursor, { facts }: Draft, fact: Single, first: Lexeme): void {
  const written =
    fact === 'language'
      ? cursor.name('language', 'a language as VS Code names it, as python')
      : cursor.text(fact === 'circuit' ? 'the name of the circuit' : `the ${fact}`);
  if (facts.has(fact)) misread(first, `“${fact}” stands in the file already: a circuit has one.`);
  facts.set(fact, written);
}

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

function prompt(cursor: Cursor, { prompts }: Draft): void {
  const kind = cursor.takes('from') ? 'file' : 'inline';
  const written = cursor.text(
    kind === 'file' ? 'the path of a text file' : 'the prompt, or “from” and a path,',
  );
  if (written.value === '') misread(written, 'The prompt is empty, so there is nothing to continue.');
  prompts.push({ kind, ...written });
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
