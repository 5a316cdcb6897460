import type { TokenStatistics } from './statistics';
import type { Steering } from './steering';
import type { TextRange, Token } from './text';

/** How the next token is chosen. Temperature 0 is greedy; then the rest has no effect. */
export interface Sampling {
  readonly temperature: number;
  /** Keep only the k most probable tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches p; 1 keeps all. */
  readonly topP: number;
  readonly seed: number;
}

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 0 };

/** Where generation ends by itself, beside the end of text and the token limit. */
export type StopAt = 'limit' | 'line' | 'statement' | 'block';

export type StopReason = 'end-of-text' | 'token-limit' | 'context-full' | 'line' | 'statement' | 'block';

/** What did not fit into the model's context and was left out at the start of the text. */
export interface Truncation {
  readonly characters: number;
  /** Counted; beyond 64 Ki characters estimated from the tokens that were read. */
  readonly tokens: number;
}

/** A token with what the model said of it. */
export interface ScoredToken extends Token {
  readonly statistics: TokenStatistics;
}

export interface GenerateParams {
  /** The document up to the cursor. */
  readonly text: string;
  /** What follows the cursor; read by models that learnt to fill in the middle, when it says anything. */
  readonly suffix?: string;
  /** VS Code's language id, from which the prompt format derives its tag; null for plain text. */
  readonly language: string | null;
  readonly maxTokens: number;
  readonly stopAt: StopAt;
  readonly sampling: Sampling;
  /** What is chosen then comes from the steered model; what is said of every token is of the model as it is. */
  readonly steering?: Steering;
  /**
   * What is chosen then comes from the matrices as the model's file quantises them, faster and a little different; what
   * is said of every token in the result is of the model in fp32. For models in Q8_0 and Q4_0, and without steering.
   */
  readonly fast?: boolean;
}

/** Goes on from another token than the one that was written. */
export interface BranchParams extends Omit<GenerateParams, 'text' | 'suffix'> {
  /** The context before it, as a record keeps it. */
  readonly ids: readonly number[];
  /** The token taken instead by its id, or any text, which may be several tokens. */
  readonly alternative: number | string;
}

/**
 * Offsets of every token are into `text` + the continuation + `after`. Where that was read, its tokens come before those that
 * were written, though they stand behind them in the text. When the cursor stood inside a word the prompt ends at
 * the last whole token, and the first generated tokens cover `constrained`: text that was there already.
 */
export interface GenerateResult {
  readonly prompt: readonly Token[];
  readonly generated: readonly ScoredToken[];
  /** What is to be inserted at the cursor: the generated text without the constrained part. */
  readonly text: string;
  /** As much of `params.suffix` as the model read; empty for models that do not. */
  readonly after: string;
  /** The part of `params.text` that the first generated tokens had to reproduce; empty when start = end. */
  readonly constrained: TextRange;
  readonly stop: StopReason;
  readonly truncation: Truncation | null;
  /** After fast generation: how many tokens were the first choice of one arithmetic and not of the other. */
  readonly differing?: number;
}

export interface ScoreParams {
  readonly text: string;
  readonly language: string | null;
  /** The part of `text` whose tokens are scored. Text after it is not read. */
  readonly range: TextRange;
}

/** Teacher-forced: `scored` are the tokens that touch the range, `prompt` those before them. */
export interface ScoreResult {
  readonly prompt: readonly Token[];
  readonly scored: readonly ScoredToken[];
  readonly truncation: Truncation | null;
}
