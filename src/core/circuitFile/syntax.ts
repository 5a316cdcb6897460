import type { AnswerKind } from '../answer';
import type { Ablation } from '../explanation';
import type { HeadRole } from '../model';
import type { TextRange } from '../text';

/** A mistake in a file: where it is and, in one sentence, what was expected there. */
export interface Diagnostic extends TextRange {
  readonly message: string;
}

/** A text as it was written, with where it stands in the file, quotes included. */
export interface Written extends TextRange {
  readonly value: string;
}

/** Slots that are filled together: as many values in each row as names. */
export interface Slot extends TextRange {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** In line, or the path of a file relative to the circuit's. */
export interface PromptSource extends Written {
  readonly kind: 'inline' | 'file';
}

/** Heads, neurons, MLPs and layers by name, `L3H2`, `L3N118`, `L3MLP`, `L3`; `label` is what the file calls them together. */
export interface Parts extends TextRange {
  readonly label: string;
  readonly names: readonly string[];
}

/** Where in a prompt. A text or symbol stands for all its occurrences unless `which` picks one. */
export type Place = TextRange &
  (
    | { readonly kind: 'lines'; readonly from: number; readonly to: number }
    | { readonly kind: 'text' | 'symbol'; readonly text: string; readonly which: 'all' | 'first' | 'last' }
    | { readonly kind: 'end' }
  );

/** Inclusive; null where there is no bound on that side. */
export interface Bound {
  readonly least: number | null;
  readonly most: number | null;
}

/** `logit` is the answer's logit minus the mean logit, `logit difference` minus the contrast's. */
export type Measure = 'probability' | 'rank' | 'logit' | 'logit difference';

/** What an expectation speaks of. */
export type Claim =
  | { readonly kind: 'output'; readonly measure: Measure; readonly bound: Bound }
  | { readonly kind: 'share'; readonly place: Place; readonly bound: Bound }
  | { readonly kind: 'origin'; readonly origin: Exclude<AnswerKind, 'unknown'> }
  | {
      readonly kind: 'attention';
      readonly head: Parts;
      readonly from: Place;
      readonly to: Place;
      readonly bound: Bound;
    }
  | { readonly kind: 'role'; readonly head: Parts; readonly role: HeadRole }
  | {
      readonly kind: 'effect';
      readonly path: 'direct' | 'total';
      readonly parts: Parts;
      readonly bound: Bound;
    }
  /** What the model goes on with by itself; slots are filled in. */
  | { readonly kind: 'continuation'; readonly text: string }
  | { readonly kind: 'activation'; readonly neuron: Parts; readonly place: Place; readonly bound: Bound }
  | {
      readonly kind: 'cause';
      readonly cause: Cause;
      readonly verb: 'lowers' | 'raises' | 'changes';
      readonly measure: Exclude<Measure, 'rank'>;
      readonly bound: Bound;
    }
  /** Of a group against the whole model, over all cases together. */
  | {
      readonly kind: 'circuit';
      readonly quality: CircuitQuality;
      /** Whether the bound is on how far it is above the best of the random groups beside it. */
      readonly aboveRandom: boolean;
      readonly parts: Parts;
      readonly bound: Bound;
    };

/** What is done to the model before a measure is taken again. */
export type Cause =
  | { readonly kind: Ablation; readonly parts: Parts }
  /** The parts get the values that they have in another prompt, in which slots are filled in. */
  | { readonly kind: 'patching'; readonly parts: Parts; readonly prompt: string }
  | { readonly kind: 'scaling'; readonly parts: Parts; readonly factor: number }
  /** The vector in a file is added so many times; the path is relative to the circuit's. */
  | { readonly kind: 'steering'; readonly path: string; readonly times: number };

/** How well a group stands for the whole model. */
export const circuitQualities = ['faithfulness', 'completeness', 'minimality'] as const;
export type CircuitQuality = (typeof circuitQualities)[number];

/** Whether a claim is measured once, not case by case. */
export function isMeasuredOnce({ kind }: Claim): boolean {
  return kind === 'role' || kind === 'circuit';
}

/** In how many cases a claim must hold; `average`: the mean of what was measured must. */
export type Quantifier =
  | { readonly kind: 'all' | 'most' | 'average' }
  | { readonly kind: 'count'; readonly least: number; readonly of: number };

export interface Expectation extends TextRange {
  /** As written, with single spaces. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly claim: Claim;
  readonly quantifier: Quantifier;
}

/** A circuit file that has no mistakes. */
export interface CircuitFile {
  readonly name: string;
  readonly description: string | null;
  /** As `--model` takes it; null for the embedded model. */
  readonly model: string | null;
  /** VS Code's language id of prompts in line, and of files whose name tells none; null for plain text. */
  readonly language: string | null;
  readonly slots: readonly Slot[];
  readonly prompts: readonly PromptSource[];
  readonly answer: string;
  readonly contrast: string | null;
  readonly expectations: readonly Expectation[];
}
