import { caseName } from './cases';

/** What was measured in one case. Numbers are in the measure's unit: probabilities and shares in [0, 1], else logits. */
export interface CaseMeasurement {
  /** Null for a claim about the model itself. */
  readonly case: number | null;
  readonly measured: number | string;
  /** Whether the claim holds in this case; null where only the mean is judged. */
  readonly holds: boolean | null;
}

export interface ExpectationResult {
  /** As the file writes it, without `expect`. */
  readonly text: string;
  /** Of the file, from 1. */
  readonly line: number;
  readonly holds: boolean;
  /** In words: the bound and in how many cases. */
  readonly expected: string;
  /** In words: what was measured, over all cases. */
  readonly measured: string;
  /** One for each case; for a claim about the model alone a single one. */
  readonly cases: readonly CaseMeasurement[];
  /** Of a circuit: the same of random groups of as many parts of the same kinds. */
  readonly random?: readonly number[];
  /** For minimality: the part that matters least. */
  readonly least?: string;
}

/** A case as it was asked. */
export interface CaseResult {
  readonly case: number;
  readonly values: Readonly<Record<string, string>>;
  readonly prompt: string;
  /** The token that stands for the answer: the first one in which it differs from the contrast. */
  readonly answer: string;
  readonly contrast: string | null;
}

/** A case that was measured while others are still to come. */
export interface MeasuredCase {
  /** Cases that are measured, this one among them. */
  readonly done: number;
  readonly total: number;
  readonly case: CaseResult;
  /** By expectation; null for one about the model alone. */
  readonly measured: readonly (CaseMeasurement | null)[];
}

/** A circuit file held against a model. */
export interface CircuitResult {
  readonly name: string;
  readonly description: string | null;
  readonly holds: boolean;
  readonly cases: readonly CaseResult[];
  readonly expectations: readonly ExpectationResult[];
}

/** What tells a case from the others, for people. */
export function nameOf({ values, case: index }: CaseResult): string {
  return caseName({ values, index });
}
