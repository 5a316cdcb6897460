import { WhenceError } from '../errors';
import type { TextRange } from '../text';
import { isWordAt, isWordBefore } from '../words';
import { type CircuitCase, caseName, fill } from './cases';
import { quoted } from './lexer';
import type { Place } from './syntax';

/**
 * The stretches of a case's prompt that a place means, in order; `end` is the empty one at its end.
 *
 * @throws WhenceError `bad-input` when the prompt has no such place
 */
export function spansOf(place: Place, subject: CircuitCase): readonly TextRange[] {
  const { text } = subject;
  switch (place.kind) {
    case 'end':
      return [{ start: text.length, end: text.length }];
    case 'lines':
      return [linesOf(place, subject)];
    default: {
      const wanted = fill(place.text, subject.values);
      const found = occurrences(text, wanted).filter(
        (span) => place.kind === 'text' || standsAlone(text, span),
      );
      if (found.length === 0) {
        throw absent(subject, `no ${place.kind} ${quoted(wanted)}: write it as it stands in the prompt.`);
      }
      if (place.which === 'all') return found;
      return [place.which === 'first' ? found[0]! : found.at(-1)!];
    }
  }
}

/** The line on which an offset lies, from 0. */
export function lineAt(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function linesOf(
  { from, to }: { readonly from: number; readonly to: number },
  subject: CircuitCase,
): TextRange {
  const lines = subject.text.split('\n');
  if (to > lines.length) throw absent(subject, `no line ${to}: it has ${lines.length}.`);
  const start = lines.slice(0, from - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const length = lines.slice(from - 1, to).join('\n').length;
  if (length === 0) throw absent(subject, `nothing on line ${from}: name a line with text on it.`);
  return { start, end: start + length };
}

/** One after another; they do not overlap. */
function occurrences(text: string, wanted: string): TextRange[] {
  const found: TextRange[] = [];
  if (wanted === '') return found;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
    found.push({ start: at, end: at + wanted.length });
  }
  return found;
}

/** No letter, digit or underscore of any script touches it. */
function standsAlone(text: string, { start, end }: TextRange): boolean {
  return !isWordBefore(text, start) && !isWordAt(text, end);
}

function absent(subject: CircuitCase, what: string): WhenceError {
  return new WhenceError('bad-input', `The prompt of ${caseName(subject)} has ${what}`);
}
