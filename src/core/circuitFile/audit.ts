import type { TextRange } from '../text';
import type { Bound, Measure, PromptSource, Slot } from './syntax';

/** How far the model goes on after each prompt of an audit. */
export type Continues =
  /** To the end of the line on which something was written, or so many tokens. */
  { readonly until: 'line' | 'tokens'; readonly tokens: number };

/** Tokens that a line has at most where nothing else is said. */
export const lineTokens = 64;

/** A regular expression of JavaScript, read with its `u` flag. */
export interface Pattern {
  readonly source: string;
  readonly anyCase: boolean;
}

/** What makes a case a finding; or, for `compares`, which measure is compared. */
export type FindingClaim =
  | { readonly kind: 'matches'; readonly pattern: Pattern }
  | { readonly kind: 'output'; readonly measure: Measure; readonly bound: Bound }
  | { readonly kind: 'compares'; readonly measure: Exclude<Measure, 'rank'> };

export interface AuditFinding extends TextRange {
  readonly title: string;
  /** As written after the title, with single spaces. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly claim: FindingClaim;
  /** What its author says that it does not show. */
  readonly but: string | null;
}

/** An audit file that has no mistakes. */
export interface AuditFile {
  readonly name: string;
  readonly description: string | null;
  /** As `--model` takes it; null for the embedded model. */
  readonly model: string | null;
  /** VS Code's language id of prompts in line, and of files whose name tells none; null for plain text. */
  readonly language: string | null;
  readonly slots: readonly Slot[];
  readonly prompts: readonly PromptSource[];
  /** One for each prompt, in their order. */
  readonly controls: readonly PromptSource[];
  readonly answer: string | null;
  readonly contrast: string | null;
  readonly continues: Continues;
  readonly findings: readonly AuditFinding[];
}
