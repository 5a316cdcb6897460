// Names for parts, by rule and never without support: a rule speaks only where it holds in enough of the strongest
// contexts, or where a measured share or score passes its threshold. docs/parts.md lists the rules.

import { roleThresholds } from '../model';
import { roles } from '../parts';
import { classOf, type TokenClass, tokenClasses } from './tokenClass';
import type { Attended, IndexedHead, NeuronSide, PartContext, PartLabel } from './types';

const labelRules = {
  /** Fewer contexts support nothing. */
  leastContexts: 4,
  /** The share of contexts in which the same was read just before. */
  read: 0.6,
  /** The share of contexts in which what is promoted came next. */
  written: 0.4,
  /** The share of the promoted tokens that must be of a class for it to be named. */
  promoted: 0.5,
  /** The share of a head's attention that goes to one kind of token… */
  attention: 0.4,
  /** …and how often as much as equal attention would give. */
  overChance: 2,
  /** The share of attention on the first token from which a head is said to rest there. */
  resting: 0.8,
} as const;

type Side = Omit<NeuronSide, 'label'>;

/** A rule that fits: what it says, and in which contexts it holds. */
interface Finding {
  readonly text: string;
  readonly holds: readonly boolean[];
}

/** What a neuron does where it is most active: "after `return`, promotes `self`". Null where no rule has support. */
export function neuronLabel(side: Side): PartLabel | null {
  const { contexts } = side;
  if (contexts.length < labelRules.leastContexts) return null;
  const read = readFinding(contexts);
  const written = writtenFinding(side);
  if (read && written) {
    const both = read.holds.map((holds, index) => holds && written.holds[index]!);
    if (shareOf(both) >= labelRules.written) return labelled(`${read.text}, ${written.text}`, both);
  }
  const one = read ?? written;
  return one && labelled(one.text, one.holds);
}

/** What the token that was read last, or the one before it, has in common. */
function readFinding(contexts: readonly PartContext[]): Finding | null {
  const last = contexts.map(({ tokens, peak }) => tokens[peak]!);
  const before = contexts.map(({ tokens, peak }) => tokens[peak - 1] ?? '');
  return (
    sameToken(last, (token) => `after ${token}`, labelRules.read) ??
    sameClass(last, (words) => `after ${words}`, labelRules.read) ??
    sameToken(before, (token) => `one token after ${token}`, labelRules.read) ??
    sameToken(contexts.map(lineStart), (token) => `on a line that begins with ${token}`, labelRules.read)
  );
}

/** The first token of the line of the peak that is no space; empty where the window does not reach so far. */
function lineStart({ tokens, peak }: PartContext): string {
  const before = tokens.slice(0, peak + 1);
  const broken = before.slice(0, -1).findLastIndex((token) => token.includes('\n'));
  return broken < 0 ? '' : (before.slice(broken + 1).find((token) => token.trim() !== '') ?? '');
}

function sameToken(tokens: readonly string[], say: (token: string) => string, least: number): Finding | null {
  const seen = tokens.map((token) => token.trim());
  const token = mostFrequent(seen.filter((each) => each !== ''));
  if (token === null) return null;
  const holds = seen.map((each) => each === token);
  return shareOf(holds) >= least ? { text: say(inTicks(token)), holds } : null;
}

function sameClass(tokens: readonly string[], say: (words: string) => string, least: number): Finding | null {
  const classes = tokens.map(classOf);
  const name = mostFrequent(classes.filter((each) => each !== null));
  if (name === null) return null;
  const holds = classes.map((each) => each === name);
  return shareOf(holds) >= least ? { text: say(tokenClasses[name].one), holds } : null;
}

/** What it promotes by its weights, where that also came next in enough of the contexts. */
function writtenFinding({ promotes, contexts }: Side): Finding | null {
  const next = contexts.map(({ tokens, peak }) => tokens[peak + 1] ?? '');
  const promoted = promotes.filter(({ effect }) => effect > 0).map(({ text }) => text);
  const classes = promoted.map(classOf);
  const name = mostFrequent(classes.filter((each) => each !== null));
  if (name !== null && shareOf(classes.map((each) => each === name)) >= labelRules.promoted) {
    const holds = next.map((token) => classOf(token) === name);
    if (shareOf(holds) >= labelRules.written) return { text: classWords(name), holds };
  }
  const among = next.filter((token) => token.trim() !== '' && promoted.includes(token));
  const token = mostFrequent(among.map((each) => each.trim()));
  if (token === null) return null;
  const holds = next.map((each) => each.trim() === token);
  return shareOf(holds) >= labelRules.written ? { text: `promotes ${inTicks(token)}`, holds } : null;
}

function classWords(name: TokenClass): string {
  return name === 'closing' ? 'closes brackets' : `promotes ${tokenClasses[name].words}`;
}

type Head = Omit<IndexedHead, 'label'>;

/** Kinds of token by how much they say: the first that a head looks at most is its name. */
const looks: readonly (readonly [Attended, string])[] = [
  ['opener', 'looks at the innermost open bracket'],
  ['afterSame', 'looks at what followed an earlier occurrence of the token'],
  ['same', 'looks at earlier occurrences of the token'],
  ['previous', 'looks at the token before'],
  ['self', 'looks at the token itself'],
  ['newline', 'looks at line breaks'],
  ['indentation', 'looks at indentation'],
  ['bracket', 'looks at brackets'],
];

/** Kinds of token overlap; one that has nearly as much as the best and says more is named in its place. */
const nearlyAsMuch = 0.8;

/** What a head does: its measured role, else what it looks at in code. Null where nothing passes its threshold. */
export function headLabel({ scores, attention }: Head): PartLabel | null {
  const role = scores.roles.find((each) => each !== 'copying');
  const copies = scores.roles.includes('copying') ? `, ${roles.copying.words}` : '';
  if (role) return scored(`${roles[role].words}${copies}`, scores[role], roleThresholds[role]);
  const passing = looks.filter(([kind]) => {
    const { share, chance } = attention[kind];
    return share >= labelRules.attention && share >= labelRules.overChance * chance;
  });
  const best = Math.max(...passing.map(([kind]) => attention[kind].share));
  const found = passing.find(([kind]) => attention[kind].share >= nearlyAsMuch * best);
  if (found) return attending(`${found[1]}${copies}`, attention[found[0]]);
  if (copies) return scored(roles.copying.words, scores.copying, roleThresholds.copying);
  if (attention.first.share >= labelRules.resting)
    return attending('rests on the first token', attention.first);
  return null;
}

/** What a label rests on, in words: "holds in 5 of its 6 strongest contexts". */
export function supportInWords({ support }: PartLabel): string {
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  switch (support.kind) {
    case 'contexts':
      return `holds in ${support.holds} of its ${support.of} strongest contexts`;
    case 'attention':
      return `${percent(support.share)} of its attention, where equal attention would give ${percent(support.chance)}`;
    case 'score':
      return `score ${support.score.toFixed(2)}, named from ${support.threshold.toFixed(2)}`;
  }
}

function labelled(text: string, holds: readonly boolean[]): PartLabel {
  return {
    text,
    support: { kind: 'contexts', holds: holds.filter(Boolean).length, of: holds.length },
  };
}

function attending(text: string, { share, chance }: { share: number; chance: number }): PartLabel {
  return { text, support: { kind: 'attention', share, chance } };
}

function scored(text: string, score: number, threshold: number): PartLabel {
  return { text, support: { kind: 'score', score, threshold } };
}

function shareOf(holds: readonly boolean[]): number {
  return holds.length === 0 ? 0 : holds.filter(Boolean).length / holds.length;
}

/** The first of the most frequent. */
function mostFrequent<T>(values: readonly T[]): T | null {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: T | null = null;
  for (const [value, count] of counts) if (best === null || count > counts.get(best)!) best = value;
  return best;
}

function inTicks(token: string): string {
  return token.includes('`') ? `"${token}"` : `\`${token}\``;
}
