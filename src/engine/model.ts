import type { ModelInfo } from '../core/model';
import type { Token } from '../core/text';
import type { ChatFormat } from './chat/template';
import type { FillInMiddle } from './checkpoint/fillInMiddle';
import type { Tensor } from './tensor';

/**
 * A loaded checkpoint: everything the explaining code may ask of a model. Sizes: B rows of a batch, S positions, T
 * targets, D hidden size, H heads, K key and value heads, d head size, F MLP neurons, V vocabulary.
 */
export interface Model {
  readonly info: ModelInfo;
  readonly tokenizer: Tokenizer;
  /** Every hook name there is, in the order of computation. */
  readonly hookNames: readonly string[];
  /** By hook name, its dimensions: `B` rows of a batch, `S` positions, numbers for what the model fixes. */
  readonly hookShapes: ReadonlyMap<string, readonly (number | string)[]>;
  forward(request: ForwardRequest): Promise<ForwardResult>;
  backward(request: BackwardRequest): Promise<ReadonlyMap<string, Tensor>>;
  /** Carries cotangents within a block; with `constantsName` [T], Σ constant · cotangent over what was passed. */
  pull(request: PullRequest): Promise<ReadonlyMap<string, Tensor>>;
  /** Reads a residual stream [B, S, D] as if it were the last one: final norm, then unembedding. Logits [B, S, V]. */
  readout(residual: Tensor, signal?: AbortSignal): Promise<Tensor>;
  /** The mean over the vocabulary of the token embeddings as they enter the stream, [D]. */
  meanEmbedding(signal?: AbortSignal): Promise<Tensor>;
  /** Whether its file quantises matrices in a way that a decoder can multiply as it is. */
  readonly quantised: boolean;
  /**
   * A generation with a cache of its own; several may exist side by side. Interventions are alike at all positions.
   * A quantised one multiplies the matrices as the file has them, with what they multiply rounded to 8 bits: another
   * function than all the rest of the model computes, close to it and faster. Without such matrices it is the same one.
   */
  decoder(interventions?: readonly Intervention[], quantised?: boolean): Decoder;
  close(): Promise<void>;
}

/**
 * Replaces a hook's value x by y · scale + add, with y = x − (x · remove) remove over the last dimension. All broadcast over
 * the hook's dimensions; absent means 1, 0 and nothing removed. Directions have length 1, or 0 where nothing is removed.
 */
export interface Intervention {
  readonly hook: string;
  readonly remove?: Tensor;
  readonly scale?: Tensor;
  readonly add?: Tensor;
}

export interface ForwardRequest {
  /** B rows of S token ids each. */
  readonly ids: readonly (readonly number[])[];
  /** Hooks to bring back, with a leading batch dimension: `hook_resid_pre` [B, S, D], `hook_pattern` [B, H, S, S]… */
  readonly hooks: readonly string[];
  readonly interventions?: readonly Intervention[];
  /**
   * Positions whose logits to bring back, as [B, positions, V]. Where the last block is neither read nor changed at a hook, it
   * then computes only keys and values of the others; the logits are the same to the bit.
   */
  readonly logits: 'all' | 'none' | readonly number[];
  /** Looked at between blocks; an aborted run throws `cancelled()`. */
  readonly signal?: AbortSignal;
}

export interface ForwardResult {
  readonly hooks: ReadonlyMap<string, Tensor>;
  readonly logits: Tensor | null;
}

/**
 * How the few non-linear operations are passed backwards (docs/methods.md). `exact`: the true gradient. `secant`: every
 * non-linearity replaced by the line through zero and its operating point, patterns and norm scales frozen. `followed`:
 * the same, but patterns by their true gradient. `frozen`:
 * patterns and norm scales frozen, MLPs not crossed. `direct`: nothing is crossed, only the direct paths to the output.
 */
export type Linearisation = 'exact' | 'secant' | 'followed' | 'frozen' | 'direct';

export interface BackwardRequest {
  /** `hook_resid_pre` of every block, then `hook_resid_post` of the last, of one run: each [1, S, D]. */
  readonly residuals: readonly Tensor[];
  /** The metrics: weights over the vocabulary [V], applied to the logits at a position. */
  readonly targets: readonly { readonly position: number; readonly weights: Float32Array }[];
  /** The targets as one metric, their sum, at the cost of one: T is then 1. */
  readonly joined?: boolean;
  readonly linearisation: Linearisation;
  /** Hooks whose (modified) gradient to bring back, each with T in place of the batch: [T, S, …]. */
  readonly hooks: readonly string[];
  /**
   * Also bring back, at `constantsName`, [T]: Σ constant · (modified) gradient over everything the stages passed add
   * whatever the text is: biases of matrices and norms. Learned positions are no constants, they have a hook.
   */
  readonly constants?: boolean;
  /** Values at hooks of the same run, each [1, S, …]: what is given is not computed again. */
  readonly values?: ReadonlyMap<string, Tensor>;
  readonly signal?: AbortSignal;
}

/** A backward step within a block, from one hook to others before it: what attribution graphs are traced with. */
export interface PullRequest {
  /** `hook_resid_pre` of the block, [1, S, D]. */
  readonly residual: Tensor;
  readonly from: string;
  /** At `from`: shaped like the hook with T in place of the batch, or [T, 1, …] with `positions`. */
  readonly cotangents: Tensor;
  /** Where the only position of each row stands; possible where nothing asked for moves between positions. */
  readonly positions?: readonly number[];
  readonly linearisation: Linearisation;
  /** Hooks whose cotangents to bring back, [T, S, …], or [T, 1, …] with `positions`. */
  readonly hooks: readonly string[];
  /** Values at hooks of the same run, each [1, S, …]: what is given is not computed again. */
  readonly values?: ReadonlyMap<string, Tensor>;
  readonly signal?: AbortSignal;
}

/** Under which name a backward pass gives the constants' part. */
export const constantsName = 'constants';

/** Generation with a key-value cache. */
export interface Decoder {
  /** Positions in the cache. */
  readonly length: number;
  /** Appends tokens to the cache; the logits [V] after the last of them. */
  step(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array>;
  /** Forgets everything after the first `length` positions. */
  truncate(length: number): void;
}

/**
 * Token ids and text. Never adds special tokens by itself. The text of ids in which a gap is filled in (`fillInMiddle`) is that
 * before it, what is written into it, then that behind it: not in the order of the ids.
 */
export interface Tokenizer {
  readonly vocabularySize: number;
  /** Text as tokens with their UTF-16 ranges in it. Special tokens' spellings in the text are read as plain text. */
  encode(text: string): readonly Token[];
  /** The same for text that stands behind other text: the space that some tokenizers put before a text is left out. */
  encodeBehind(text: string): readonly Token[];
  /** The ranges of known ids in the text they spell; special tokens are empty ranges. */
  locate(ids: readonly number[]): readonly Token[];
  /** The text that ids spell; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** The raw bytes of a token; empty for special tokens. */
  bytesOf(id: number): Uint8Array;
  /** What a token prints, for lists: specials by their name. */
  textOf(id: number): string;
  isSpecial(id: number): boolean;
  /** Null for models that did not learn to fill in the middle. */
  readonly fillInMiddle: FillInMiddle | null;
  /** How the model is spoken to; null for one that was made to go on with texts. */
  readonly chat: ChatFormat | null;
  /** The ids of a text in which spellings of special tokens mean these: only for what a chat template made. */
  encodeMarked(text: string): readonly number[];
  /** Tokens that end a text. */
  readonly endOfText: ReadonlySet<number>;
  /** What the prompt format puts before a text in this language: a language tag, a beginning-of-text token, or nothing. */
  prefix(language: string | null): readonly number[];
}
