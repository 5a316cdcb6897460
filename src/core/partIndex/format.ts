// The file of an index, before it is compressed: `WHIX`, the version, a header in JSON, then the pieces of corpus that
// contexts quote, where each part begins, and the parts. Tokens are ids: whoever shows them has the model's tokenizer.

import type { HeadScores } from '../model';
import type { IndexInfo } from './types';

/** Rises whenever a reader would misunderstand an older file. */
export const indexVersion = 1;

export const indexMagic = 'WHIX';

/** What a file may hold; a parser that meets more refuses it. */
export const indexLimits = {
  /** Of the file when it is no longer compressed. */
  bytes: 256 << 20,
  headerBytes: 1 << 20,
  layers: 1000,
  heads: 1024,
  neurons: 1 << 18,
  parts: 1 << 22,
  files: 10_000,
  texts: 1 << 20,
  textTokens: 1 << 16,
  vocabulary: 1 << 24,
  lines: 1 << 24,
  contexts: 64,
  window: 256,
  effects: 64,
  quantiles: 16,
} as const;

/** What stands in the header beside the numbers of parts. */
export interface IndexHeader extends IndexInfo {
  readonly version: number;
  /** Names of the files that contexts are from, with `/` between folders. */
  readonly files: readonly string[];
  /** The shares of `RawNeuron.quantiles`. */
  readonly shares: readonly number[];
}

/** A token and by how much its logit rises. */
export interface RawEffect {
  readonly id: number;
  readonly effect: number;
}

/** Tokens `start` … of a text with a value each; the text was chosen for token `peak`. */
export interface RawWindow {
  readonly start: number;
  readonly peak: number;
  readonly values: readonly number[];
}

export interface RawContext extends RawWindow {
  /** Which of the texts. */
  readonly text: number;
  /** The line of the peak in its file, from 1. */
  readonly line: number;
}

export interface RawNeuron {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly quantiles: readonly number[];
  /** For one unit of activation, most first. */
  readonly promotes: readonly RawEffect[];
  readonly suppresses: readonly RawEffect[];
  readonly sides: readonly {
    readonly sign: 1 | -1;
    readonly frequency: number;
    readonly contexts: readonly RawContext[];
  }[];
}

export interface RawHeadContext extends RawContext {
  readonly strength: number;
  /** In the same text. */
  readonly read: RawWindow;
  readonly promotes: readonly RawEffect[];
}

export interface RawHead {
  readonly scores: Pick<HeadScores, 'previous' | 'duplicate' | 'induction' | 'copying' | 'roles'>;
  /** In the order of `attended`. */
  readonly attention: readonly { readonly share: number; readonly chance: number }[];
  readonly entropy: number;
  readonly contexts: readonly RawHeadContext[];
}

/** Which file a text is from, and its token ids; only those that contexts quote are written. */
export interface RawText {
  readonly file: number;
  readonly ids: Int32Array;
}

/** A whole index in memory, made part by part. */
export interface RawIndex {
  readonly header: Omit<IndexHeader, 'version'>;
  readonly texts: readonly RawText[];
  neuron(layer: number, index: number): RawNeuron;
  head(layer: number, index: number): RawHead;
}

/** Parts in the order of the file: by layer, heads before neurons. */
export function partOrdinal(
  { heads, neurons }: Pick<IndexInfo, 'heads' | 'neurons'>,
  kind: 'head' | 'neuron',
  layer: number,
  index: number,
): number {
  return layer * (heads + neurons) + (kind === 'head' ? index : heads + index);
}

/** The roles by their number in the file. */
export const roleNumbers = ['previous', 'duplicate', 'induction', 'copying'] as const;
