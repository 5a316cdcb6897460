import { showShare, showSigned, showToken } from '../../core/display';
import { supportInWords } from '../../core/partIndex/label';
import {
  activeShare,
  attended,
  type FoundPart,
  type IndexCorpus,
  type IndexedHead,
  type IndexedNeuron,
  type IndexedText,
  type PartLabel,
  type TokenEffect,
} from '../../core/partIndex/types';
import { roles } from '../../core/parts';
import type { Style } from '../style';

/** What an index knows of a part, for the terminal. */
export function renderPart({ part, corpus }: FoundPart, style: Style): string {
  const lines = part.kind === 'head' ? headLines(part, style) : neuronLines(part, style);
  return [...lines, '', style.faint(`Measured on ${inWords(corpus)}.`), ''].join('\n');
}

function inWords({ tokens, files, name }: IndexCorpus): string {
  return `${tokens.toLocaleString('en')} tokens of code in ${files} files (${name})`;
}

function title(name: string, label: PartLabel | null, style: Style): string {
  if (!label) return `${style.strong(name)}  no rule has a name for it`;
  return `${style.strong(name)}  ${label.text} ${style.faint(`(${supportInWords(label)})`)}`;
}

function neuronLines(part: IndexedNeuron, style: Style): readonly string[] {
  const { name, sides, mean, min, max, quantiles } = part;
  const spread = quantiles.map(({ share, value }) => `${share * 100}% ${value.toFixed(2)}`).join(', ');
  return [
    title(name, sides[0]?.label ?? null, style),
    `Activation from ${min.toFixed(2)} to ${max.toFixed(2)}, mean ${mean.toFixed(2)}; shares of tokens below: ${spread}.`,
    ...sides.flatMap(({ sign, label, frequency, contexts, promotes, suppresses }, index) => [
      '',
      `${style.strong(sign > 0 ? 'Positive' : 'Negative')}: active on ${showShare(frequency)} of the tokens (at least 1/${1 / activeShare} of its strongest).`,
      ...(index > 0 && label ? [`${label.text} ${style.faint(`(${supportInWords(label)})`)}`] : []),
      `  raises  ${effects(promotes, style)}`,
      `  lowers  ${effects(suppresses, style)}`,
      ...contexts.map(
        (context) =>
          `  ${context.values[context.peak]!.toFixed(2).padStart(7)}  ${quoted(context, style)}  ${style.faint(`${context.file}:${context.line}`)}`,
      ),
    ]),
  ];
}

function headLines(part: IndexedHead, style: Style): readonly string[] {
  const { name, label, scores, attention, entropy, contexts } = part;
  const kinds = attended.map(
    (kind) =>
      `  ${kindWords[kind].padEnd(34)} ${showShare(attention[kind].share).padStart(5)}  ${style.faint(`equal attention: ${showShare(attention[kind].chance)}`)}`,
  );
  return [
    title(name, label, style),
    scores.roles.length > 0
      ? `Measured on random tokens: ${scores.roles.map((role) => `${roles[role].words} (${scores[role].toFixed(2)})`).join('; ')}.`
      : 'It plays none of the measured roles on random tokens.',
    '',
    `What it looks at in code (the kinds overlap); entropy ${entropy.toFixed(1)} bits:`,
    ...kinds,
    '',
    'Where it writes most:',
    ...contexts.flatMap((context) => [
      `  ${context.strength.toFixed(2).padStart(7)}  ${quoted(context, style)}  ${style.faint(`${context.file}:${context.line}`)}`,
      `           reads ${quoted(context.read, style)} ${style.faint(`${context.distance} tokens back, ${showShare(context.read.values[context.read.peak]!)} of its attention`)}`,
      `           which raises ${effects(context.promotes, style)}`,
    ]),
  ];
}

const kindWords: Readonly<Record<(typeof attended)[number], string>> = {
  first: 'the first token',
  self: 'the token itself',
  previous: 'the token before',
  same: 'earlier occurrences of the token',
  afterSame: 'what followed those occurrences',
  newline: 'line breaks',
  indentation: 'indentation',
  bracket: 'brackets',
  opener: 'the innermost open bracket',
};

function effects(list: readonly TokenEffect[], style: Style): string {
  if (list.length === 0) return style.faint('nothing');
  return list.map(({ text, effect }) => `${style.code(showToken(text))} ${showSigned(effect)}`).join('  ');
}

/** The tokens as one line, the one that counts between angle marks. */
function quoted({ tokens, peak }: IndexedText, style: Style): string {
  return tokens
    .map((token, index) => (index === peak ? style.target(`‹${showToken(token)}›`) : showLine(token)))
    .join('');
}

/** Spaces stay spaces: only what would break the line is shown by a sign. */
function showLine(token: string): string {
  return token.replaceAll(/\r?\n/g, '⏎').replaceAll('\r', '␍').replaceAll('\t', '⇥');
}
