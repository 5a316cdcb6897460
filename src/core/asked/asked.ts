import type { AnswerPart } from '../answer';
import type { HeadScore } from '../headScore';
import type { Span } from '../origin';
import type { Paraphrase } from '../paraphrase';
import type { RankedSource, TokenChance, WhatIf } from '../whatIf';

/** A head that copied, and what it brought from the span. */
export interface Copier {
  readonly name: string;
  /** As people call what it does: `induction, copying`; empty before it was measured, or when it plays no role. */
  readonly role: string;
  /** Direct contribution from the span's last token, in logits. */
  readonly score: number;
  /** Attention weight there, in [0, 1]; null where it was too small to be kept. */
  readonly weight: number | null;
}

/** *Where Was This Copied From?* */
export interface CopiedFrom {
  readonly kind: 'copied';
  readonly copied: boolean;
  /** The answer, also when it is no. */
  readonly parts: readonly AnswerPart[];
  /** Where the text stands that was copied; null where there is none. */
  readonly span: Span | null;
  readonly copiers: readonly Copier[];
}

/** *What Would Change It?* for one change. */
export interface Changed {
  readonly kind: 'changed';
  /** `Without ‘total’ on line 4`. */
  readonly what: readonly AnswerPart[];
  readonly result: WhatIf;
}

/** A source with how much leaving it out changes. */
export interface RankedWord extends RankedSource {
  readonly text: string;
  /** Document line, from 0. */
  readonly line: number;
}

/** *What Would Change It?*: which single source changes it most. */
export interface Ranked {
  readonly kind: 'ranked';
  readonly target: TokenChance;
  /** The strongest of them, most moved first. */
  readonly words: readonly RankedWord[];
  /** How many were left out, one after another. */
  readonly tried: number;
}

/** *Why Does This Head Look Here?* */
export interface LookedAtHere {
  readonly kind: 'looked';
  readonly result: HeadScore;
}

/** What the model wrote from one token on. */
export interface Continuation {
  readonly record: string;
  /** The token where the two part. */
  readonly index: number;
  readonly token: string;
  readonly probability: number;
  /** From the token on, not longer than is shown. */
  readonly text: string;
  /** Geometric mean of the probabilities of the tokens behind it; null where there is none. */
  readonly mean: number | null;
}

/** *Branch Here*. */
export interface Branched {
  readonly kind: 'branched';
  readonly original: Continuation;
  readonly branch: Continuation;
}

/** *Does It Hold When Renamed?* */
export interface Paraphrased {
  readonly kind: 'paraphrased';
  readonly result: Paraphrase;
}

/** What a question beside "why this token?" found. */
export type Asked = CopiedFrom | Changed | Ranked | LookedAtHere | Branched | Paraphrased;

export type AskedKind = Asked['kind'];

/** The questions as their answers are headed. */
export const askedTitles: Readonly<Record<AskedKind, string>> = {
  copied: 'Where was this copied from?',
  changed: 'What would change it?',
  ranked: 'What would change it?',
  looked: 'Why does this head look here?',
  branched: 'What would have come after another token?',
  paraphrased: 'Does it hold when renamed?',
};
