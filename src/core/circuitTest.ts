import type { Change, ChangedPart } from './change/change';
import type { Ablation, Metric } from './explanation';
import type { ModelIdentity } from './model';

/** A part of a circuit, everywhere or at some positions. */
export interface CircuitNode extends Pick<Change, 'positions'> {
  readonly part: Extract<ChangedPart, { readonly kind: 'head' | 'neuron' | 'mlp' }>;
}

/** A token that a circuit is to bring about. */
export interface CircuitQuestion {
  readonly ids: readonly number[];
  /** Index of the asked token in `ids`; `ids.length` asks for the token that would come next. */
  readonly position: number;
  /** Text; its first token counts. Null for the token at `position`. */
  readonly target: string | null;
  readonly contrast: string | null;
}

export interface TestCircuitParams {
  readonly nodes: readonly CircuitNode[];
  /** The metric is its mean over these. Positions of nodes below 0 count from the end of each one's context. */
  readonly questions: readonly CircuitQuestion[];
  /** What stands in the place of what is not kept; the field's usual one is `mean`. */
  readonly ablation: Ablation;
  /** Random circuits to compare with; absent, `usualDraws`. */
  readonly draws?: number;
  readonly seed: number;
  /** Also leave each node out of the circuit by itself. */
  readonly minimality: boolean;
}

/** Random circuits of a test unless something else is asked for. */
export const usualDraws = 4;
/** Random circuits at most. */
export const mostDraws = 100;
/** Nodes of a circuit at most when each is left out by itself: a run each. */
export const mostMinimal = 200;
/** A node whose removal changes the faithfulness by less than this does nothing in the circuit. */
export const idleBelow = 0.01;

/** What is left of the answer when only some parts run; means over the questions. */
export interface Kept {
  /** The metric with these parts alone, in logits. */
  readonly alone: number;
  /** The metric with everything but these parts. */
  readonly without: number;
  /** (alone − none) / (whole − none): 1 where these parts alone make the answer. Null where none is as good as whole. */
  readonly faithfulness: number | null;
  /** The same for everything but these parts: 0 where nothing else makes the answer, and the parts are complete. */
  readonly rest: number | null;
  /** Of the target with these parts alone, in [0, 1]. */
  readonly probability: number;
}

/**
 * How much of what the model does a circuit does alone, and how much is done without it (Wang et al. 2022; Mueller et al.
 * 2025). What is not kept is ablated at all positions; embeddings and biases are always kept, but for the output bias of an
 * MLP that is one part: it goes with it when it is set to zero. The mean of an MLP holds its bias.
 */
export interface CircuitTested {
  readonly schemaVersion: 1;
  readonly model: ModelIdentity;
  readonly metric: Exclude<Metric, 'logProbability'>;
  readonly ablation: Ablation;
  readonly questions: number;
  /** Parts that were kept, each counted once, and how many there are to choose from: heads, and neurons or MLPs. */
  readonly parts: number;
  readonly all: number;
  /** The mean of the metric in the whole model, and with none of its parts, in logits. */
  readonly whole: number;
  readonly none: number;
  readonly circuit: Kept;
  /**
   * Of as many parts of the same kinds at the same positions, from those not in the circuit as far as they suffice. All
   * differ from the circuit and from each other: fewer than were asked for, or none, where the model has no more.
   */
  readonly random: readonly Kept[];
  /** How many parts each of these has in common with the circuit, as there are too few others of their kinds. */
  readonly unavoidable: number;
  readonly seed: number;
  /** By node, in their order, what the faithfulness falls by without it; null unless it was asked for. */
  readonly minimality: readonly { readonly name: string; readonly loss: number | null }[] | null;
}
