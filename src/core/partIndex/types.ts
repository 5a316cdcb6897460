// The index of a model: what each of its neurons and heads did on a corpus of code. Measured once for a model, kept in a
// file (format.ts), named by rule (label.ts). How each number is measured: docs/parts.md.

import type { HeadScores, ModelIdentity } from '../model';

/** The texts an index was measured on. */
export interface IndexCorpus {
  /** `bundled`, or the name of the folder. */
  readonly name: string;
  /** SHA-256 over the names and the contents of the files that were read, as hex. */
  readonly sha256: string;
  readonly files: number;
  /** Pieces of files, each read by itself. */
  readonly texts: number;
  readonly tokens: number;
}

/** What an index is about, without its parts. */
export interface IndexInfo {
  readonly model: ModelIdentity;
  readonly layers: number;
  readonly heads: number;
  /** Of a layer; 0 for models without MLPs. */
  readonly neurons: number;
  readonly corpus: IndexCorpus;
}

/** A token of the vocabulary and by how much its logit rises, against the mean of all logits. */
export interface TokenEffect {
  readonly text: string;
  /** In logits. */
  readonly effect: number;
}

/** A few tokens of the corpus, as they follow each other. */
export interface IndexedText {
  readonly tokens: readonly string[];
  /** By token: a neuron's activation, or the share of a head's attention. */
  readonly values: readonly number[];
  /** Index in `tokens` of the one that the text was chosen for. */
  readonly peak: number;
}

/** Where in the corpus a part was at its most active. */
export interface PartContext extends IndexedText {
  /** The file, with `/` between folders. */
  readonly file: string;
  /** The line of the peak, from 1. */
  readonly line: number;
}

/**
 * A name by rule, with what it rests on. `contexts`: it holds in so many of the strongest contexts. `attention`: so much
 * of the head's attention goes there, against what equal attention would give. `score`: a measured role's.
 */
export interface PartLabel {
  readonly text: string;
  readonly support:
    | { readonly kind: 'contexts'; readonly holds: number; readonly of: number }
    | { readonly kind: 'attention'; readonly share: number; readonly chance: number }
    | { readonly kind: 'score'; readonly score: number; readonly threshold: number };
}

/** A neuron's activations of one sign. A gated neuron may mean one thing where it is positive, another where it is negative. */
export interface NeuronSide {
  readonly sign: 1 | -1;
  /** Null where no rule has support. */
  readonly label: PartLabel | null;
  /** The share of tokens at which it is active: its activation at least `activeShare` of this side's extreme. */
  readonly frequency: number;
  /** The strongest, one of each text at most, strongest first. */
  readonly contexts: readonly PartContext[];
  /** What an activation of this sign raises and lowers most, for one unit of activation, through the last norm alone. */
  readonly promotes: readonly TokenEffect[];
  readonly suppresses: readonly TokenEffect[];
}

export interface IndexedNeuron {
  readonly kind: 'neuron';
  /** `L3N118`. */
  readonly name: string;
  readonly layer: number;
  readonly index: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Activations below which so large a share of all lies, within a factor of about 1.2. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
  /** The stronger first; a side whose extreme is below `sideShare` of the other's is left out. */
  readonly sides: readonly NeuronSide[];
}

/** What of its context a head may look at. The kinds overlap, but for `first`, which is none of the others. */
export const attended = [
  'first',
  'self',
  'previous',
  'same',
  'afterSame',
  'newline',
  'indentation',
  'bracket',
  'opener',
] as const;
export type Attended = (typeof attended)[number];

/** A head at one of the places where it wrote most. */
export interface HeadContext extends PartContext {
  /** What it read most there: the tokens around, with the attention they had. */
  readonly read: IndexedText;
  /** Tokens between the reading place and the one read; 0 for the same. */
  readonly distance: number;
  /** How much it wrote: the length of its output before the output matrix, what it brought from the first token left out. */
  readonly strength: number;
  /** What reading that token alone raises most. */
  readonly promotes: readonly TokenEffect[];
}

export interface IndexedHead {
  readonly kind: 'head';
  /** `L3H2`. */
  readonly name: string;
  readonly layer: number;
  readonly index: number;
  readonly label: PartLabel | null;
  readonly scores: HeadScores;
  /** Mean share of the attention by what it goes to, and what equal attention to all tokens would give. */
  readonly attention: Readonly<Record<Attended, { readonly share: number; readonly chance: number }>>;
  /** Of the attention, mean, in bits. */
  readonly entropy: number;
  /** Strongest first, one of each text at most. */
  readonly contexts: readonly HeadContext[];
}

export type IndexedPart = IndexedNeuron | IndexedHead;

/** A part with what it was measured on. */
export interface FoundPart {
  readonly part: IndexedPart;
  readonly corpus: IndexCorpus;
}

/** Which of a neuron's two meanings is meant, by the sign of its activation; null for heads, and where nobody knows it. */
export type PartSign = NeuronSide['sign'] | null;

/** The name of a part that has one: of a neuron, a name for each sign of its activation that has one. */
export interface NamedPart {
  readonly part: string;
  readonly sign: PartSign;
  readonly label: PartLabel;
}

/** Activations this near to a side's extreme count as active. */
export const activeShare = 1 / 8;
/** A side whose extreme is smaller than so much of the other's says nothing. */
export const sideShare = 1 / 4;

/** Reads `L3H2` and `L3N118`; null for any other name. */
export function readPartName(
  name: string,
): { readonly kind: 'head' | 'neuron'; readonly layer: number; readonly index: number } | null {
  const match = /^L(\d{1,6})([HN])(\d{1,7})$/.exec(name);
  if (!match) return null;
  return { kind: match[2] === 'H' ? 'head' : 'neuron', layer: Number(match[1]), index: Number(match[3]) };
}
