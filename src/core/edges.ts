import type { Check, ContrastToken, Metric } from './explanation';
import type { ModelIdentity } from './model';

/** Ways to score the edges between a model's parts by what differs between two prompts: docs/methods.md. */
export const edgeMethods = ['eap', 'eap-ig'] as const;
export type EdgeMethod = (typeof edgeMethods)[number];

/** Points between the two prompts unless something else is asked for (Hanna et al. 2024). */
export const defaultEdgeSteps = 5;

/** One part of the model reading what another wrote, summed over the positions of the text. */
export interface PartEdge {
  /** Who writes: `embed`, `L0H2`, `L0MLP`; `bias` only where a norm behind an output bias makes it vary with the text. */
  readonly source: string;
  /** Who reads: a head's query, key or value (`L1H0.q`, `L1H0.k`, `L1H0.v`), `L1MLP`, or `logits`. */
  readonly target: string;
  /** By how much the metric would fall, to first order, if this edge alone carried what it carries in the other prompt. */
  readonly score: number;
}

/** Every edge between the parts of a model, scored. The field names are the machine interface of `whence edges --json`. */
export interface EdgeAttribution {
  readonly schemaVersion: 1;
  readonly model: ModelIdentity;
  readonly method: EdgeMethod;
  /** Of eap-ig; null for eap, which takes the gradient at the prompt itself. */
  readonly steps: number | null;
  readonly metric: Metric;
  readonly target: ContrastToken;
  readonly contrast: ContrastToken | null;
  /** The metric's value after the prompt, and after the counterfactual one. */
  readonly total: number;
  readonly counterfactual: number;
  /** In the order of computation. */
  readonly edges: readonly PartEdge[];
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
}
