import type { AuditHeader, OrdinarySample } from './journal';
import type { Estimate } from './statistics';

/** What carries a finding, as means over the pairs that were explained, in logits. */
export interface PartCarried {
  readonly name: string;
  readonly probe: number;
  readonly control: number;
  /** Of what all parts push, for and against, by magnitude. */
  readonly share: number;
}

/** Of an event what a source brings after the prompt; of a comparison that minus what it brings after the control. */
export interface PieceCarried {
  /** A slot or a line of a prompt. */
  readonly piece: string;
  /** The mean over the pairs that have it. */
  readonly score: number;
  readonly share: number;
}

export interface FindingMechanism {
  readonly explained: number;
  /** Those that carry most first; of a comparison in the direction of the mean difference. */
  readonly parts: readonly PartCarried[];
  readonly pieces: readonly PieceCarried[];
}

/** What becomes of a finding and of ordinary code without the parts that carry it most. */
export interface FindingAblation {
  readonly parts: readonly string[];
  /** In how many pairs that were not explained it was tried. */
  readonly pairs: number;
  /** Of an event, the share that is still found; of a comparison, the mean difference. */
  readonly before: number;
  readonly top: Estimate;
  /** The same without the random group that was removed in each pair, over all pairs. */
  readonly random: number;
  /**
   * By how much more of the finding goes without the parts than without a random group, in the same pairs: shares of an event
   * that are still found, or the mean difference in its own direction.
   */
  readonly more: Estimate;
  readonly groups: readonly RandomGroup[];
  /** Mean loss on ordinary code, in nats a token. */
  readonly loss: { readonly before: number; readonly top: number };
}

/** As many parts of the same kinds, removed in some of the pairs. */
export interface RandomGroup {
  readonly parts: readonly string[];
  readonly pairs: number;
  /** As `top` of the ablation; null where there were fewer pairs than groups. */
  readonly value: number | null;
  readonly loss: number;
}

export interface FindingExample {
  readonly pair: number;
  readonly prompt: string;
  /** What the model wrote; empty where only a measure was taken. */
  readonly written: string;
  readonly control: string;
  readonly writtenAfterControl: string;
}

interface FindingCommon {
  readonly title: string;
  /** As the file writes it. */
  readonly claim: string;
  readonly pairs: number;
  readonly mechanism: FindingMechanism | null;
  readonly ablation: FindingAblation | null;
  readonly examples: readonly FindingExample[];
  /** What its author says that it does not show. */
  readonly but: string | null;
}

/** Something that is there or not: how often after the prompts and after their controls. */
export interface EventFinding extends FindingCommon {
  readonly kind: 'event';
  readonly counts: {
    readonly both: number;
    readonly first: number;
    readonly second: number;
    readonly neither: number;
  };
  readonly probe: Estimate;
  readonly control: Estimate;
  readonly difference: Estimate;
}

/** A measure whose means are compared. */
export interface ComparedFinding extends FindingCommon {
  readonly kind: 'compared';
  readonly measure: string;
  readonly probe: number;
  readonly control: number;
  readonly difference: Estimate;
  /** The share of pairs in which the measure is larger after the prompt than after its control. */
  readonly larger: Estimate;
}

export type FindingReport = EventFinding | ComparedFinding;

export interface FileReport {
  readonly file: string;
  readonly name: string;
  readonly description: string | null;
  /** Pairs that were run, and that the file makes. */
  readonly pairs: number;
  readonly of: number;
  readonly findings: readonly FindingReport[];
}

/** A whole audit: the results, and with `files` everything that is needed to repeat it. */
export interface AuditReport extends Pick<AuditHeader, 'software' | 'model' | 'settings'> {
  readonly schemaVersion: 1;
  readonly sample: OrdinarySample;
  readonly audits: readonly FileReport[];
  readonly files: AuditHeader['files'];
}
