import type { Check } from './explanation';
import type { GraphDocument } from './graphDocument';

/** Neurons and heads that become nodes unless something else is asked for. */
export const defaultNodes = 500;

/** More nodes than any viewer draws. */
export const mostNodes = 100_000;

/** Which circuit is asked for. */
export interface TraceParams {
  /** Token ids of the whole text, the traced token's context at least. */
  readonly ids: readonly number[];
  /** Index of the traced token in `ids`; `ids.length` asks for the token that would come next. */
  readonly position: number;
  /** Trace this token instead of the one at `position` (text; its first token counts); null for that one. */
  readonly target: string | null;
  /** "Rather than this": text, of which the first token that differs from the target's counts. */
  readonly contrast: string | null;
  /**
   * Trace the likeliest next tokens, as many as have this share of the probability, in place of one; not together with a
   * target or a contrast. Null for one.
   */
  readonly mass: number | null;
  /** How many neurons and heads may become nodes. */
  readonly nodes: number;
  /** Heads as nodes of their own, or as what edges run through. */
  readonly heads: 'nodes' | 'edges';
}

/** A circuit, or what is there of one that still grows: the most influential parts come first. */
export interface TracedCircuit {
  readonly document: GraphDocument;
  /** Neurons and heads whose inputs are known. */
  readonly parts: number;
  /** Every node's inputs add up to its value, and those of every score to the score. */
  readonly checks: readonly Check[];
  /** Whether weak inputs went into the errors at once, because text and model are large: what they lead to is not seen. */
  readonly thinned: boolean;
  /** False when the cap, or stopping early, left out something that gives anything. */
  readonly complete: boolean;
}
