// The hover card as markdown: at most twelve lines, words first. Text of the model and of the document only ever gets in
// through codeSpan and escapeMarkdown.

import type { Answer, AnswerPart } from '../core/answer';
import type { Card } from '../core/card';
import { showProbability, showRank, showShare, showSigned, showToken } from '../core/display';
import { codeSpan, escapeMarkdown } from '../core/markdown';
import { commandLink } from './contributions';
import type { CommandId, Mode, TokenRef } from './manifest';

/** The commands that the card's links run; nothing else is let through. */
export const hoverCommands: readonly CommandId[] = [
  'whence.explainToken',
  'whence.whyNot',
  'whence.whatChanges',
  'whence.showCircuit',
  'whence.markSources',
  'whence.saveCircuitTest',
  'whence.revealToken',
  'whence.completeHere',
  'whence.explainSelection',
  'whence.showLog',
];

export interface HoverParts {
  readonly ref: TokenRef;
  readonly card: Card;
  readonly mode: Mode;
  /** The text before the token is no longer what the model saw. */
  readonly changed: boolean;
  /** How the token was steered, in words; null when it was not. */
  readonly steered: string | null;
  /** What is being done, or why nothing can be. */
  readonly progress: string | null;
  readonly error: string | null;
  /** `direct · fp32`. */
  readonly footer: string;
}

/** An open hover cannot be changed, so it says how to see the rest. */
const later = '*(point here again in a moment)*';

const lineEnd = '  \n';

export function hoverText({
  ref,
  card,
  mode,
  changed,
  steered,
  progress,
  error,
  footer,
}: HoverParts): string {
  const answer = card.answer
    ? [sentence(ref, inMode(card.answer, mode).parts), unsupportedLine(card), checkLine(card, mode)]
    : [
        error === null
          ? `… ${escapeMarkdown(progress ?? 'Looking inside the model')} ${later}`
          : `⚠ ${escapeMarkdown(error)}`,
      ];
  const details = [fromLine(ref, card), insteadLine(ref, card), settledLine(card), headsLine(card, mode)];
  return [
    // The links come early: in a narrow editor the end of a card lies below the fold.
    `${headLine(card)}${lineEnd}${linksLine(ref)}`,
    ...answer.filter(isText),
    ...(changed ? ['The text above has changed since: this is about the text as it was.'] : []),
    ...(steered === null ? [] : [escapeMarkdown(steered)]),
    details.filter(isText).join(lineEnd),
    `*${escapeMarkdown(footer)}*`,
  ].join('\n\n');
}

/** For a token whose text is no longer what the model saw. */
export function staleText(text: string): string {
  const links = [
    `[Explain the selection](${commandLink('whence.explainSelection')})`,
    `[Complete here](${commandLink('whence.completeHere')})`,
  ];
  return [
    `**Stale** — here stood ${codeSpan(showToken(text))}`,
    'This text was changed after the model wrote or read it, so the record no longer explains it.',
    links.join(' · '),
  ].join('\n\n');
}

function headLine(card: Card): string {
  const { probability, rank, confidence } = card;
  return `**${codeSpan(showToken(card.text))}** — p ${escapeMarkdown(showProbability(probability))} · ${showRank(rank)} · ${confidence}`;
}

function sentence(ref: TokenRef, parts: readonly AnswerPart[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'words') return escapeMarkdown(part.text);
      if (part.kind === 'code') return code(part.text);
      return reveal(ref, part.index, part.text);
    })
    .join('');
}

function unsupportedLine({ answer }: Card): string | null {
  return answer?.unsupported ? `⚠ ${escapeMarkdown(answer.unsupported)}` : null;
}

function inMode(answer: Answer, mode: Mode): Pick<Answer, 'parts' | 'check'> {
  return mode === 'plain' ? answer.plain : answer;
}

function checkLine(card: Card, mode: Mode): string | null {
  const check = card.answer && inMode(card.answer, mode).check;
  if (check) return `${card.holds ? '✓' : '✗'} ${escapeMarkdown(check)}`;
  return card.answer && card.holds === null ? `… Checking ${later}` : null;
}

function fromLine(ref: TokenRef, { from }: Card): string {
  if (from === null) return 'From …';
  if (from.length === 0) return 'From — nothing in the context speaks for it';
  const most = from[0]!.share;
  const stretches = from.map(({ index, line, text, share }) => {
    const bar = '▓'.repeat(Math.max(1, Math.round((5 * share) / most)));
    return `${reveal(ref, index, `line ${line + 1}`)} ${code(text)} ${bar} ${showShare(share)}`;
  });
  return `From ${stretches.join(' &nbsp; ')} &nbsp; *of the context’s support*`;
}

function insteadLine(ref: TokenRef, { instead }: Card): string | null {
  if (instead.length === 0) return null;
  const others = instead.map(
    ({ text, probability }) => `${codeSpan(showToken(text))} ${escapeMarkdown(showProbability(probability))}`,
  );
  return `Instead ${others.join(' &nbsp; ')} &nbsp; [Why not…?](${commandLink('whence.whyNot', plain(ref))})`;
}

function settledLine(card: Card): string {
  if (card.from === null) return 'Settled …';
  return card.settled === null
    ? 'Settled never: at no depth was it the first choice to the end'
    : `Settled ${card.settled}`;
}

function headsLine({ heads }: Card, mode: Mode): string | null {
  if (heads === null || heads.length === 0) return null;
  const named = heads.map(({ name, role, direct }) => {
    const about = [role, mode === 'expert' ? `${showSigned(direct)} logits` : ''].filter(
      (part) => part !== '',
    );
    return about.length === 0 ? name : `${name} (${escapeMarkdown(about.join(', '))})`;
  });
  return `Heads ${named.join(' &nbsp; ')}`;
}

function linksLine(ref: TokenRef): string {
  const links = [
    `[Explain](${commandLink('whence.explainToken', ref)} "The full answer in the side view")`,
    `[What would change it?](${commandLink('whence.whatChanges', ref)} "Change its sources in memory and see what the model writes then")`,
    `[Circuit](${commandLink('whence.showCircuit', ref)} "The parts of the model that wrote it")`,
    `[Mark sources](${commandLink('whence.markSources', ref)} "Colour in the editor what it came from")`,
    `[Save as test](${commandLink('whence.saveCircuitTest', ref)} "A circuit file that states what was seen, and fails when it is no longer so")`,
  ];
  return links.join(' · ');
}

function reveal(ref: TokenRef, index: number, text: string): string {
  return `[${escapeMarkdown(text)}](${commandLink('whence.revealToken', { record: ref.record, index })})`;
}

/** A stretch of code; one that is nothing but space is made visible. */
function code(text: string): string {
  const trimmed = text.trim();
  return codeSpan(trimmed === '' ? showToken(text) : trimmed);
}

function plain({ record, index }: TokenRef): TokenRef {
  return { record, index };
}

function isText(line: string | null): line is string {
  return line !== null;
}
