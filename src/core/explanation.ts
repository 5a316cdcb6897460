import type { ModelIdentity } from './model';
import type { TokenOrigin } from './origin';
import type { Alternative } from './statistics';
import type { Token } from './text';

/** Ways to share the metric out among tokens and parts; what each is good for, costs and hides: docs/methods.md. */
export const methods = [
  'secant',
  'secant-attention',
  'gradient-input',
  'integrated-gradients',
  'direct',
  'ablation',
  'occlusion',
  'attribution-patching',
] as const;
export type Method = (typeof methods)[number];

/** What wins on the whole in `npm run bench:faithfulness`. */
export const defaultMethod: Method = 'secant';

/**
 * `logit`: the target's logit minus the mean logit. `logitDifference`: minus a contrast token's logit.
 * `logProbability`: natural logarithm of the target's probability; not linear in the logits.
 */
export type Metric = 'logit' | 'logitDifference' | 'logProbability';

/** What an ablated part's value is replaced by: zero, its mean over sample code, its value in another text. */
export const ablations = ['zero', 'mean', 'resample'] as const;
export type Ablation = (typeof ablations)[number];

/** Settings of the methods that have any. */
export interface MethodSettings {
  /** Of integrated gradients. */
  readonly steps: number;
  /** Where integrated gradients start: the zero embedding, the mean embedding, or that of a token id. */
  readonly baseline: 'zero' | 'mean' | number;
  readonly ablation: Ablation;
}

export const defaultSettings: MethodSettings = { steps: 50, baseline: 'mean', ablation: 'mean' };

export interface IndexedToken extends Omit<Token, 'special'> {
  readonly index: number;
}

/** The token that is explained: token `index` of the text, predicted from the tokens before it. */
export interface ExplainedToken {
  readonly index: number;
  readonly id: number;
  readonly text: string;
  readonly logit: number;
  readonly probability: number;
  readonly rank: number;
  /** Bits. */
  readonly entropy: number;
  readonly alternatives: readonly Alternative[];
}

/** A token of an explained span, with its part of the metric and where it came from by itself. */
export interface SpanToken extends Omit<ExplainedToken, 'entropy' | 'alternatives'> {
  /** Its part of `total`: the values of a span's tokens sum to it. */
  readonly value: number;
  readonly origin: TokenOrigin;
}

export interface ContrastToken {
  readonly id: number;
  readonly text: string;
  readonly logit: number;
  readonly probability: number;
}

/** What one token of the context brought to the metric, in logits. */
export interface Source {
  readonly index: number;
  readonly score: number;
}

/** What one part of the model brought to the metric, in logits. */
export interface Component {
  readonly name: string;
  /** What it wrote directly into the output. */
  readonly direct: number;
  /** Through all paths, at all positions, as the explanation's method has it; null where that does not say. */
  readonly total: number | null;
}

/** An identity that must hold for the explanation to mean anything. */
export interface Check {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly holds: boolean;
}

/**
 * How far the claim was tested: attention or activation alone; scores whose identities hold; the measured check; a
 * counterfactual prompt that moved the answer as predicted; renaming and reformatting, under which it holds.
 */
export type Tier = 'observed' | 'attributed' | 'ablated' | 'patched' | 'replicated';

/**
 * The measured check: the named sources' embeddings are replaced by the mean embedding and the model runs again; beside
 * it two random draws of as many other tokens. It holds when the effect is positive and at least twice the random one.
 */
export interface Verification {
  readonly kind: 'deletion';
  /** Indices of the deleted sources, at most six, the last and the beginning-of-text token never among them. */
  readonly named: readonly number[];
  /** Drop of the metric, in logits. */
  readonly effect: number;
  /** Mean drop of the metric over the random draws. */
  readonly randomEffect: number;
  readonly probability: { readonly before: number; readonly named: number; readonly random: number };
  readonly holds: boolean;
  readonly tier: Tier;
}

/**
 * Whether a token that was not copied needs what stands further up: its probability when all but the nearest tokens are
 * replaced by unrelated code. It holds when at least half is left: then the token is recalled, else composed from the context.
 */
export interface RecallCheck {
  /** So many tokens before it stayed. */
  readonly nearby: number;
  readonly probability: number;
  readonly holds: boolean;
}

/** The name that the explained token belongs to, when it is used as part of an API. */
export interface NameUse {
  /** As far as it is known. */
  readonly text: string;
  /** Its first token. */
  readonly first: number;
  readonly role: 'member' | 'call' | 'import';
  /** Of its tokens up to the explained one, together. */
  readonly probability: number;
  /** Whether it stands in the context before. */
  readonly inContext: boolean;
  /** Whether it stands in another file of the program; only where somebody looked. */
  readonly elsewhere?: boolean;
}

/** Logit lens at one depth (nostalgebraist 2020): the residual stream read as if it were the last. */
export interface LensStep {
  /** 0 is the embedding, l the stream after layer l − 1; the last is the model's own output. */
  readonly depth: number;
  readonly top: Alternative;
  /** Of the target at this depth. */
  readonly rank: number;
  readonly probability: number;
}

/** A head that matters to this token: where it looked and what it brought from there. */
export interface HeadTrace {
  readonly layer: number;
  readonly head: number;
  readonly direct: number;
  /** Attention weights from the predicting position; the largest ones only, strongest first. */
  readonly attention: readonly { readonly index: number; readonly weight: number }[];
  /** Direct contribution by source token, in logits; the largest ones only, strongest first. */
  readonly bySource: readonly Source[];
}

/** An explanation of one token, or of a span. The field names are the machine interface of `whence explain --json`. */
export interface Explanation {
  readonly schemaVersion: 1;
  readonly model: ModelIdentity;
  readonly method: Method;
  readonly metric: Metric;
  readonly tokens: readonly IndexedToken[];
  /** Of a span its last token, so that every source stands before it. */
  readonly target: ExplainedToken;
  /**
   * The tokens of a span, when more than one was asked for; null otherwise. All scores are then sums over its tokens,
   * `heads[].attention` the mean, `lens` empty, and the probabilities of `verification` geometric means over its tokens.
   */
  readonly span: readonly SpanToken[] | null;
  readonly contrast: ContrastToken | null;
  /** The metric's value: Σ sources.score + remainder and, unless it is the log-probability, Σ components.direct. */
  readonly total: number;
  readonly remainder: number;
  readonly sources: readonly Source[];
  /** What the heads brought from each token in the last step, whatever the method is: what *copied* is judged by. */
  readonly fetched: readonly Source[];
  readonly components: readonly Component[];
  /** The neurons that matter most (`L3N118`), strongest first; only where they were asked for. */
  readonly neurons?: readonly Component[];
  readonly checks: readonly Check[];
  /** What to keep in mind about these very numbers, a sentence each. */
  readonly warnings: readonly string[];
  /** Null until it was measured, or when there is too little context to delete anything from. */
  readonly verification: Verification | null;
  /** Null until it was measured, and where it says nothing: for what was copied, for spans, in short contexts. */
  readonly recall: RecallCheck | null;
  /** Null where the token is no part of a name that is used as an API. */
  readonly name: NameUse | null;
  readonly lens: readonly LensStep[];
  /** The depth from which on the target is the first choice at every later depth; null if it is not even at the end. */
  readonly settled: number | null;
  /** The heads with the largest direct contributions, strongest first. */
  readonly heads: readonly HeadTrace[];
}
