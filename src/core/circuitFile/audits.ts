import type { AuditFinding, FindingClaim, Pattern } from './audit';
import { lineTokens } from './audit';
import { measured, measures, outputMeasure } from './bounds';
import { type Cursor, misread } from './cursor';
import type { Lexeme } from './lexer';
import { circuitLimits } from './limits';
import { wholeNumber } from './names';
import type { Draft } from './parser';
import { fillPattern, slotInClass } from './patternSlots';
import { promptSource } from './prompts';
import { lineAt } from './spans';

/** `control`: belongs to the prompt above it. */
export function control(cursor: Cursor, { prompts, controls }: Draft, first: Lexeme): void {
  const source = promptSource(cursor, 'control');
  if (prompts.length === 0) misread(first, 'A control stands below the prompt that is compared with it.');
  if (controls.at(-1) !== null) misread(first, 'The prompt above has a control already: a prompt has one.');
  controls[controls.length - 1] = source;
}

/** `continue line` or `continue 40 tokens`. */
export function continues(cursor: Cursor, { continues: said }: Draft, first: Lexeme): void {
  if (said.length > 0) misread(first, '“continue” stands in the file already: an audit has one.');
  if (cursor.takes('line')) {
    said.push({ until: 'line', tokens: lineTokens });
    return;
  }
  if (!cursor.nextIs('number')) cursor.fail('“line” or a number of tokens');
  const { start } = cursor.next;
  const tokens = wholeNumber(cursor, 'a number of tokens');
  if (tokens > circuitLimits.tokens) {
    misread(
      { start, end: cursor.passed },
      `The model writes ${circuitLimits.tokens} tokens at most after a prompt.`,
    );
  }
  cursor.words('tokens');
  said.push({ until: 'tokens', tokens });
}

/** `finding "TITLE" when … but "…"` or `finding "TITLE" compares …`. */
export function finding(cursor: Cursor, { findings, names }: Draft, first: Lexeme, text: string): void {
  const titled = cursor.text('the title of the finding');
  if (titled.value.trim() === '') misread(titled, 'The title is empty: say what was found.');
  if (findings.some(({ title }) => title === titled.value)) {
    misread(titled, 'Another finding has this title already.');
  }
  const begins = cursor.next.start;
  const claim = claimed(cursor, names.slots);
  const ends = cursor.passed;
  const but = cursor.nextIs('comma') ? caveat(cursor) : null;
  if (findings.length === circuitLimits.findings) {
    misread(first, `A file has ${circuitLimits.findings} findings at most: split it.`);
  }
  findings.push({
    title: titled.value,
    text: text.slice(begins, ends).replaceAll(/\s+/g, ' '),
    line: lineAt(text, first.start) + 1,
    claim,
    but,
    start: first.start,
    end: cursor.passed,
  });
}

/** `, but "…"`: after the comma the line may end. */
function caveat(cursor: Cursor): string {
  cursor.take();
  while (cursor.nextIs('newline')) cursor.take();
  cursor.words('but');
  return cursor.text('what the finding does not show').value;
}

function claimed(cursor: Cursor, slots: ReadonlySet<string>): AuditFinding['claim'] {
  if (cursor.takes('compares')) {
    if (cursor.stands('rank')) {
      return misread(cursor.next, 'The mean of ranks says little: use “probability” or “logit difference”.');
    }
    const measure = outputMeasure(cursor, ['probability', 'logit difference', 'logit']);
    return measure
      ? { kind: 'compares', measure }
      : cursor.fail('“probability”, “logit” or “logit difference”');
  }
  if (!cursor.takes('when')) return cursor.fail('“when” or “compares”');
  if (cursor.takes('continuation')) {
    cursor.words('matches');
    return { kind: 'matches', pattern: pattern(cursor, slots) };
  }
  const measure = outputMeasure(cursor, measures);
  if (measure) return { kind: 'output', measure, bound: measured(cursor, measure) } satisfies FindingClaim;
  return cursor.fail(
    'what makes a finding: “continuation”, “probability”, “rank”, “logit” or “logit difference”',
  );
}

function pattern(cursor: Cursor, slots: ReadonlySet<string>): Pattern {
  const lexeme = cursor.of('pattern', 'a pattern between slashes, as /verify *= *False/');
  const { raw } = lexeme;
  const anyCase = raw.endsWith('i');
  const source = raw.slice(1, anyCase ? -2 : -1);
  if (source.length > circuitLimits.pattern) {
    misread(
      lexeme,
      `The pattern has ${source.length} characters, more than ${circuitLimits.pattern}: shorten it.`,
    );
  }
  const classed = slotInClass(source, slots);
  if (classed !== null) {
    misread(
      lexeme,
      `The slot {${classed}} stands within a class, which matches one character: put it outside of [ ].`,
    );
  }
  const filled = fillPattern(source, Object.fromEntries([...slots].map((name) => [name, 'x'])));
  try {
    new RegExp(filled, 'u');
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^.*\/u?: /, '');
    misread(
      lexeme,
      `The pattern is no regular expression (${reason}); braces around anything but a slot’s name and counts need a backslash.`,
    );
  }
  return { source, anyCase };
}
