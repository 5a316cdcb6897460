// Hover in circuit and audit files: what a word of the language means, what a name stands for, what a part of the model does.

import * as vscode from 'vscode';
import { parseAudit } from '../../core/circuitFile/auditFile';
import { expectedAt } from '../../core/circuitFile/expected';
import { lex, quoted } from '../../core/circuitFile/lexer';
import { partKindOf } from '../../core/circuitFile/names';
import { parseCircuit } from '../../core/circuitFile/parser';
import { isKeyword, meaningOf } from '../../core/circuitFile/words';
import { asWhenceError } from '../../core/errors';
import { codeSpan, escapeMarkdown } from '../../core/markdown';
import type { IndexedHead } from '../../core/partIndex/types';
import type { Whence } from '../whence';
import { kindOf } from './language';
import { hasPart, type LoadedParts } from './parts';

const mostValues = 12;
const mostContexts = 3;

export class CircuitHover implements vscode.HoverProvider {
  constructor(
    private readonly parts: LoadedParts,
    private readonly whence: Pick<Whence, 'parts' | 'log'>,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    const text = document.getText();
    const offset = document.offsetAt(position);
    const lexeme = lex(text).lexemes.find(({ start, end }) => start <= offset && offset < end);
    if (lexeme?.kind === 'string') return slotHover(document, position, text);
    if (lexeme?.kind !== 'word') return null;
    const lines = isKeyword(lexeme.value)
      ? [`**${lexeme.value}** — ${escapeMarkdown(meaningOf(lexeme.value))}`]
      : partKindOf(lexeme.value)
        ? await this.#part(lexeme.value, token)
        : declared(text, lexeme.start, lexeme.value);
    if (lines.length === 0) return null;
    const range = new vscode.Range(document.positionAt(lexeme.start), document.positionAt(lexeme.end));
    return new vscode.Hover(new vscode.MarkdownString(lines.join('\n\n')), range);
  }

  async #part(name: string, token: vscode.CancellationToken): Promise<string[]> {
    const known = await this.parts.known();
    if (!known) return [`**${name}** — … the model is being loaded *(point here again in a moment)*`];
    const { id, layers, heads, hasMlp } = known.model;
    if (!hasPart(known.model, name)) {
      const mlps = hasMlp ? 'an MLP in each' : 'no MLPs';
      return [
        `**${name}** — ${escapeMarkdown(id)} has no such part: it has ${layers} layers of ${heads} heads and ${mlps}.`,
      ];
    }
    const about = `**${name}** — ${escapeMarkdown(this.parts.describe(name, known))}`;
    return [about, ...(await this.#evidence(name, token)), `*${escapeMarkdown(id)}, the loaded model*`];
  }

  /** Where a head wrote most, from the index; nothing where there is none. */
  async #evidence(name: string, token: vscode.CancellationToken): Promise<string[]> {
    if (partKindOf(name) !== 'head') return [];
    try {
      const found = await this.whence.parts.evidenceOf(name, token);
      if (found?.part.kind !== 'head') return [];
      return contexts(found.part);
    } catch (thrown) {
      this.whence.log.warn(`What ${name} did was not read: ${asWhenceError(thrown).message}`);
      return [];
    }
  }
}

function contexts({ contexts: all }: IndexedHead): string[] {
  const lines = all.slice(0, mostContexts).map(({ tokens, peak, read }) => {
    const here = tokens.slice(Math.max(0, peak - 8), peak + 1).join('');
    return `- at the end of ${code(here)} it reads ${code(read.tokens[read.peak] ?? '')}`;
  });
  return lines.length === 0 ? [] : [`Where it wrote most:\n\n${lines.join('\n')}`];
}

/** A stretch of code in a line; where it is nothing but space that is said. */
function code(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' ⏎ ');
  return line === '' ? 'white space' : codeSpan(line);
}

/** A group or a place of the file. */
function declared(text: string, start: number, name: string): string[] {
  const { groups, places } = expectedAt(text, start).declared;
  const members = groups.get(name);
  if (members) return [`**${name}** — a group of this file: ${members.join(', ')}`];
  const place = places.get(name);
  if (!place) return [];
  return [`**${name}** — a place in the prompts: ${codeSpan(text.slice(place.start, place.end))}`];
}

/** The values of the slot under the pointer. */
function slotHover(
  document: vscode.TextDocument,
  position: vscode.Position,
  text: string,
): vscode.Hover | null {
  const range = document.getWordRangeAtPosition(position, /\{[A-Za-z_][\w-]*\}/);
  const name = range && document.getText(range).slice(1, -1);
  const slots = (kindOf(document) === 'audit' ? parseAudit : parseCircuit)(text).file?.slots;
  const slot = slots?.find(({ names }) => names.includes(name ?? ''));
  if (!range || !name || !slot) return null;
  const at = slot.names.indexOf(name);
  const values = slot.rows.map((row) => codeSpan(quoted(row[at]!)));
  const more = values.length > mostValues ? `, and ${values.length - mostValues} more` : '';
  const line = `**{${name}}** — ${values.slice(0, mostValues).join(', ')}${more}`;
  return new vscode.Hover(new vscode.MarkdownString(line), range);
}
