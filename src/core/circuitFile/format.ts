import { type Lexeme, lex } from './lexer';

/** Of a line in which a list goes on. */
const indent = '  ';

/**
 * A circuit file as it should look: one space between words, two before a comment, one empty line at most, indented
 * where a list goes on. Texts stay as they are. What cannot be cut into words is returned unchanged.
 */
export function formatCircuit(text: string): string {
  const { lexemes, diagnostics } = lex(text);
  if (diagnostics.length > 0) return text;
  const lines: string[] = [];
  let goesOn = false;
  for (const line of linesOf(lexemes)) {
    const said = line.filter(({ kind }) => kind !== 'comment');
    const comment = line.find(({ kind }) => kind === 'comment')?.raw.trimEnd();
    const words = said.map(spaced).join('');
    const start = goesOn && line.length > 0 ? indent : '';
    const between = comment === undefined || words === '' ? '' : '  ';
    lines.push(`${start}${words}${between}${comment ?? ''}`);
    if (said.length > 0) goesOn = said.at(-1)!.kind === 'comma';
  }
  const kept = lines.filter((line, at) => line !== '' || (at > 0 && lines[at - 1] !== ''));
  while (kept.at(-1) === '') kept.pop();
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

function spaced({ kind, raw }: Lexeme, at: number): string {
  const text = kind === 'string' ? raw.replaceAll('\r\n', '\n') : raw;
  return at === 0 || kind === 'comma' || kind === 'colon' ? text : ` ${text}`;
}

function linesOf(lexemes: readonly Lexeme[]): Lexeme[][] {
  const lines: Lexeme[][] = [[]];
  for (const lexeme of lexemes) {
    if (lexeme.kind === 'newline') lines.push([]);
    else if (lexeme.kind !== 'end') lines.at(-1)!.push(lexeme);
  }
  return lines;
}
