import { lex } from './lexer';
import { parseCircuit } from './parser';
import { lineAt } from './spans';
import type { CircuitFile, Expectation } from './syntax';

/** An expectation where it stands now. */
export interface StandingExpectation {
  /** As `Expectation.text`. */
  readonly text: string;
  /** From 0. */
  readonly line: number;
  /** Alike for expectations that would be measured alike; null while the file has a mistake. */
  readonly identity: string | null;
}

/** Every expectation of a text; while the file has a mistake those that can be told from their first word. */
export function expectationsIn(text: string): StandingExpectation[] {
  const { file } = parseCircuit(text);
  if (file) {
    return file.expectations.map((expectation) => ({
      text: expectation.text,
      line: expectation.line - 1,
      identity: identityOf(file, expectation),
    }));
  }
  const { lexemes } = lex(text);
  return lexemes.flatMap(({ kind, value, end }, at) => {
    const first = at === 0 || lexemes[at - 1]!.kind === 'newline';
    if (!first || kind !== 'word' || value !== 'expect') return [];
    const last = lexemes.findIndex((next, index) => index > at && /newline|comment|end/.test(next.kind));
    const written = text
      .slice(end, lexemes[last - 1]!.end)
      .replaceAll(/\s+/g, ' ')
      .trim();
    return [{ text: written, line: lineAt(text, end), identity: null }];
  });
}

/** All that decides what is measured: not names, comments, places in the file, nor the other expectations. */
export function identityOf(file: CircuitFile, { claim, quantifier }: Expectation): string {
  const { model, language, slots, prompts, answer, contrast } = file;
  const facts = { model, language, slots, prompts, answer, contrast, claim, quantifier };
  return JSON.stringify(facts, (key, value: unknown) =>
    key === 'start' || key === 'end' ? undefined : value,
  );
}
